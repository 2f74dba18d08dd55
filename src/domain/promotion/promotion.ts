import type { Money } from '../money/money.ts';

/**
 * Every provider by its name in the API, with what people call it and what the schema says about it. Everything else
 * about a provider is in its folder under src/providers.
 */
export const KNOWN_PROVIDERS = {
  DURO: { title: 'Duro', description: 'Duro.' },
  FLEXPRICE: { title: 'Flexprice', description: 'Flexprice.' },
  STRIPE_CONNECT: { title: 'Stripe Connect by ChatDash', description: 'Stripe Connect, through ChatDash.' },
} as const;
export type ProviderName = keyof typeof KNOWN_PROVIDERS;

export function isProviderName(text: string): text is ProviderName {
  return Object.hasOwn(KNOWN_PROVIDERS, text);
}

export const PROVIDERS: readonly ProviderName[] = Object.keys(KNOWN_PROVIDERS).filter(isProviderName);

/** An instant as milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number;

/** A discount that can be named. `percentage` is an exact decimal without trailing zeros: "12.5" is 12.5 %. */
export type StatedDiscount = { kind: 'PERCENTAGE'; percentage: string } | { kind: 'FIXED'; amount: Money };
/** PROVIDER_DEFINED: the provider works it out by rules that it does not show. */
export type Discount = StatedDiscount | { kind: 'PROVIDER_DEFINED' };

export type DurationUnit = 'MONTH' | 'BILLING_PERIOD';
/** How often a subscription gets the discount. `count` is null where the provider does not tell it. */
export type Duration =
  | { kind: 'ONCE' }
  | { kind: 'FOREVER' }
  | { kind: 'REPEATING'; count: number | null; unit: DurationUnit };

export const STATUSES = ['ACTIVE', 'SCHEDULED', 'EXPIRED', 'EXHAUSTED', 'INACTIVE'] as const;
export type PromotionStatus = (typeof STATUSES)[number];

export type GatewayRule =
  | 'STARTS_AT'
  | 'PER_CUSTOMER_LIMIT'
  | 'MAX_REDEMPTIONS'
  | 'EXPIRES_AT'
  | 'CUSTOMER'
  | 'PLAN'
  | 'FIRST_TRANSACTION_ONLY'
  | 'MINIMUM_ORDER'
  | 'SWITCHED_OFF';

export type Metadata = Record<string, string>;

/** The rules that the gateway enforces by itself, on top of what the provider enforces. Absent or null: none. */
export interface GatewayRules {
  switchedOff?: boolean;
  startsAt?: Instant | null;
  expiresAt?: Instant | null;
  maxRedemptions?: number | null;
  perCustomerLimit?: number | null;
  customerId?: string | null;
  planId?: string | null;
  firstTransactionOnly?: boolean;
  minimumOrder?: Money | null;
}

/** What promo codes and coupons have in common, as the gateway shows it: the provider's facts narrowed by our rules. */
interface Redeemable {
  id: string;
  provider: ProviderName;
  account: string;
  providerId: string;
  status: PromotionStatus;
  discount: Discount;
  duration: Duration;
  /** False when switched off, archived or gone, at the provider or here. */
  active: boolean;
  maxRedemptions: number | null;
  redeemedCount: number;
  heldCount: number;
  /** Uses left, the coupon's included; null without a limit, never below 0. */
  remaining: number | null;
  startsAt: Instant | null;
  expiresAt: Instant | null;
  createdAt: Instant;
  metadata: Metadata | null;
  /** The only products that it is for, those of the coupon behind it included; null: any. */
  productIds: string[] | null;
  gatewayRules: GatewayRule[];
  /** When the provider last confirmed this. */
  asOf: Instant;
  /** True where the provider has told of something since that may concern it. */
  isDue?: boolean;
  /** True where the provider has never said how many uses there were, or whether there is a limit. */
  isCountUnknown?: boolean;
  /** True where the provider was asked just now, and could not be reached. */
  isUnconfirmed?: boolean;
}

export interface PromoCode extends Redeemable {
  kind: 'PromoCode';
  code: string;
  /** The id of the coupon that holds the terms; null where the terms are the code's own. */
  couponId: string | null;
  perCustomerLimit: number | null;
  customerId: string | null;
  planId: string | null;
  firstTransactionOnly: boolean;
  minimumOrder: Money | null;
}

export interface Coupon extends Redeemable {
  kind: 'Coupon';
  name: string | null;
}

export type Promotion = PromoCode | Coupon;
