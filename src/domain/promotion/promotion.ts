import type { Money } from '../money/money.ts';

/**
 * Every provider by its name in the API, with its display name and its description in the schema. Everything else about
 * a provider is in its folder under src/providers.
 */
export const KNOWN_PROVIDERS = {
  DURO: { title: 'Duro', description: 'Duro.' },
  FLEXPRICE: { title: 'Flexprice', description: 'Flexprice.' },
  STRIPE: { title: 'Stripe', description: 'Stripe.' },
  STRIPE_CONNECT: { title: 'Stripe Connect by ChatDash', description: 'Stripe Connect, through ChatDash.' },
} as const;
export type ProviderName = keyof typeof KNOWN_PROVIDERS;

export function isProviderName(text: string): text is ProviderName {
  return Object.hasOwn(KNOWN_PROVIDERS, text);
}

export const PROVIDERS: readonly ProviderName[] = Object.keys(KNOWN_PROVIDERS).filter(isProviderName);

/** An instant as milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number;

/** A known discount. `percentage` is an exact decimal without trailing zeros: "12.5" is 12.5 %. */
export type StatedDiscount = { kind: 'PERCENTAGE'; percentage: string } | FixedDiscount;
/** A fixed amount. */
export interface FixedDiscount {
  kind: 'FIXED';
  amount: Money;
  /** The amount in other currencies, each once, in the order of their codes. Absent: none. */
  currencyOptions?: Money[];
}
/** PROVIDER_DEFINED: the provider computes it by rules that its API does not show. */
export type Discount = StatedDiscount | { kind: 'PROVIDER_DEFINED' };

export type DurationUnit = 'MONTH' | 'BILLING_PERIOD';
/** How long a subscription gets the discount. `count` is null if the provider does not return it. */
export type Duration =
  | { kind: 'ONCE' }
  | { kind: 'FOREVER' }
  | { kind: 'REPEATING'; count: number | null; unit: DurationUnit };

export const STATUSES = ['ACTIVE', 'SCHEDULED', 'EXPIRED', 'EXHAUSTED', 'INACTIVE'] as const;
export type PromotionStatus = (typeof STATUSES)[number];

/** The names of the rules in {@link GatewayRules}, for clients. */
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

/** The rules that the gateway enforces in addition to the provider. Absent or null: no rule. */
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

/** The common fields of promo codes and coupons: the provider's facts, narrowed by the gateway's rules. */
interface Redeemable {
  id: string;
  provider: ProviderName;
  account: string;
  providerId: string;
  status: PromotionStatus;
  discount: Discount;
  duration: Duration;
  /** False if switched off, archived or deleted, at the provider or in the gateway. */
  active: boolean;
  maxRedemptions: number | null;
  redeemedCount: number;
  heldCount: number;
  /** The remaining uses, at least 0. The limit of a promo code's coupon counts too. Null: no limit. */
  remaining: number | null;
  startsAt: Instant | null;
  expiresAt: Instant | null;
  createdAt: Instant;
  metadata: Metadata | null;
  /** The only products that it applies to. A promo code has the products of its coupon. Null: any. */
  productIds: string[] | null;
  gatewayRules: GatewayRule[];
  /** When the provider last confirmed these facts. */
  asOf: Instant;
  /** When a date or the end of a hold may next change the status or the counts; null: only a write changes them. */
  stateUntil: Instant | null;
  /** The provider has since sent a webhook event that may concern it. */
  isDue?: boolean;
  /** The provider has never returned the count of uses or the limit. */
  isCountUnknown?: boolean;
  /** The gateway just tried to read it, and the provider was unreachable. */
  isUnconfirmed?: boolean;
}

export interface PromoCode extends Redeemable {
  kind: 'PromoCode';
  code: string;
  /** The id of the coupon that has the terms; null: the promo code has its own terms. */
  couponId: string | null;
  perCustomerLimit: number | null;
  customerId: string | null;
  planId: string | null;
  firstTransactionOnly: boolean;
  minimumOrder: Money | null;
  /** The minimum order in other currencies, each once, in the order of their codes. Absent: none. */
  minimumOrderOptions?: Money[];
}

export interface Coupon extends Redeemable {
  kind: 'Coupon';
  name: string | null;
}

export type Promotion = PromoCode | Coupon;
