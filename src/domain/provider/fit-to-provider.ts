import Big from 'big.js';
import type { Money } from '../money/money.ts';
import { percentageDecimals } from '../money/percentage.ts';
import type {
  Duration,
  DurationUnit,
  GatewayRules,
  Instant,
  Metadata,
  StatedDiscount,
} from '../promotion/promotion.ts';
import type { ProviderCapabilities } from './capabilities.ts';
import type { NewCoupon, NewPromoCode } from './provider.ts';

/** A duration as somebody asks for it: without a unit it is in whichever the provider counts. */
export type RequestedDuration =
  | { kind: 'ONCE' | 'FOREVER' }
  | { kind: 'REPEATING'; count: number; unit: DurationUnit | null };

interface Draft {
  duration?: RequestedDuration;
  maxRedemptions?: number;
  startsAt?: Instant;
  expiresAt?: Instant;
  metadata?: Metadata;
}
/** A coupon as somebody asks for it. */
export interface CouponDraft extends Draft {
  name: string;
  discount: StatedDiscount;
}
/** A promo code as somebody asks for it. */
export interface PromoCodeDraft extends Draft {
  code: string;
  /** Terms of its own, or those of a coupon by the provider's id. */
  terms: { discount: StatedDiscount } | { couponId: string };
  perCustomerLimit?: number;
  customerId?: string;
  planId?: string;
  firstTransactionOnly?: true;
  minimumOrder?: Money;
}

/** What a draft becomes at a provider: what is sent, what the gateway enforces instead, and what neither can carry. */
export interface FittedDraft<Sent> {
  sent: Sent;
  rules: GatewayRules;
  /** Dotted names of the input fields that cannot be carried; empty when the draft fits. */
  unsupported: string[];
}

/** How a draft is asked for. */
export interface Asked {
  /** The gateway may enforce what the provider cannot carry, where it can. */
  allowRules: boolean;
  now: Instant;
}

/** How a coupon fits a provider. */
export function fitCoupon(
  draft: CouponDraft,
  capabilities: ProviderCapabilities,
  { allowRules, now }: Asked,
): FittedDraft<NewCoupon> {
  const { name, discount, duration, metadata } = draft;
  const fields = capabilities.couponFields;
  const maximum = place(
    draft.maxRedemptions,
    fields.has('maxRedemptions') && isWithin(capabilities, draft.maxRedemptions),
  );
  const start = place(draft.startsAt, fields.has('startsAt'));
  const end = place(draft.expiresAt, fields.has('expiresAt') && isExpiryFor(capabilities, draft.expiresAt, now));
  const left = leftOver({ maxRedemptions: maximum, startsAt: start, expiresAt: end });
  return {
    sent: {
      name,
      discount,
      duration: toDuration(duration, capabilities),
      metadata,
      maxRedemptions: maximum.sent,
      startsAt: start.sent,
      expiresAt: end.sent,
    },
    rules: { maxRedemptions: maximum.rule, startsAt: start.rule, expiresAt: end.rule },
    unsupported: [
      ...(name.length > capabilities.couponNameLength ? ['name'] : []),
      ...metadataFaults(metadata, fields.has('metadata'), capabilities),
      ...discountFaults(discount, capabilities),
      ...durationFaults(duration, capabilities),
      ...(allowRules ? [] : left),
    ],
  };
}

/**
 * How a promo code fits a provider. Terms of its own fit a provider whose codes need a coupon as well: the caller makes
 * the coupon first.
 */
export function fitPromoCode(
  draft: PromoCodeDraft,
  capabilities: ProviderCapabilities,
  { allowRules, now }: Asked,
): FittedDraft<NewPromoCode> {
  const { code, terms, duration, metadata, perCustomerLimit, minimumOrder } = draft;
  const fields = capabilities.promoCodeFields;
  const maximum = place(
    draft.maxRedemptions,
    fields.has('maxRedemptions') && isWithin(capabilities, draft.maxRedemptions),
  );
  const start = place(draft.startsAt, fields.has('startsAt'));
  const end = place(draft.expiresAt, fields.has('expiresAt') && isExpiryFor(capabilities, draft.expiresAt, now));
  const customer = place(draft.customerId, fields.has('customerId'));
  const plan = place(draft.planId, fields.has('planId'));
  const firstOnly = place(draft.firstTransactionOnly, fields.has('firstTransactionOnly'));
  const minimum = place(
    minimumOrder,
    fields.has('minimumOrder') && !!minimumOrder && isCarried(capabilities, minimumOrder),
  );
  const left = leftOver({
    maxRedemptions: maximum,
    startsAt: start,
    expiresAt: end,
    customerId: customer,
    planId: plan,
    firstTransactionOnly: firstOnly,
    minimumOrder: minimum,
  });
  return {
    sent: {
      code,
      terms: 'discount' in terms ? { ...terms, duration: toDuration(duration, capabilities) } : terms,
      metadata,
      maxRedemptions: maximum.sent,
      startsAt: start.sent,
      expiresAt: end.sent,
      customerId: customer.sent,
      planId: plan.sent,
      firstTransactionOnly: firstOnly.sent,
      minimumOrder: minimum.sent,
    },
    rules: {
      perCustomerLimit,
      maxRedemptions: maximum.rule,
      startsAt: start.rule,
      expiresAt: end.rule,
      customerId: customer.rule,
      planId: plan.rule,
      firstTransactionOnly: firstOnly.rule,
      minimumOrder: minimum.rule,
    },
    unsupported: [
      ...(isCodeFor(capabilities, code) ? [] : ['code']),
      ...metadataFaults(metadata, fields.has('metadata'), capabilities),
      ...('couponId' in terms && !fields.has('couponId') ? ['couponId'] : []),
      ...('discount' in terms ? discountFaults(terms.discount, capabilities) : []),
      ...durationFaults(duration, capabilities),
      ...(allowRules ? [] : left),
    ],
  };
}

/** A value that either the provider carries or a rule of the gateway does. */
interface Placed<Value> {
  sent: Value | undefined;
  rule: Value | undefined;
}

function place<Value>(value: Value | undefined, carried: boolean): Placed<Value> {
  return carried ? { sent: value, rule: undefined } : { sent: undefined, rule: value };
}

function leftOver(placed: Record<string, Placed<unknown>>): string[] {
  return Object.entries(placed).flatMap(([field, { rule }]) => (rule === undefined ? [] : [field]));
}

function discountFaults(discount: StatedDiscount, capabilities: ProviderCapabilities): string[] {
  if (discount.kind === 'FIXED') return isCarried(capabilities, discount.amount) ? [] : ['discount.amount'];
  const { percentage } = discount;
  const tooFine = percentageDecimals(percentage) > capabilities.percentageDecimals;
  const tooSmall =
    capabilities.minimumPercentage !== undefined && new Big(percentage).lt(capabilities.minimumPercentage);
  return tooFine || tooSmall ? ['discount.percentage'] : [];
}

function durationFaults(duration: RequestedDuration | undefined, capabilities: ProviderCapabilities): string[] {
  const foreign =
    duration?.kind === 'REPEATING' && duration.unit !== null && duration.unit !== capabilities.durationUnit;
  return foreign ? ['duration.unit'] : [];
}

/** @param isKept whether the provider keeps metadata at all; otherwise the gateway keeps it, whatever its keys */
function metadataFaults(
  metadata: Metadata | undefined,
  isKept: boolean,
  { carriesMetadata }: ProviderCapabilities,
): string[] {
  return metadata === undefined || !isKept || (carriesMetadata?.(metadata) ?? true) ? [] : ['metadata'];
}

function toDuration(duration: RequestedDuration | undefined, { durationUnit }: ProviderCapabilities): Duration {
  if (duration?.kind === 'REPEATING') return { kind: 'REPEATING', count: duration.count, unit: durationUnit };
  return { kind: duration?.kind ?? 'ONCE' };
}

function isCarried(capabilities: ProviderCapabilities, amount: Money): boolean {
  return capabilities.carriesAmount?.(amount) ?? true;
}

function isWithin({ maxRedemptions: highest }: ProviderCapabilities, wanted: number | undefined): boolean {
  return highest === undefined || wanted === undefined || wanted <= highest;
}

function isExpiryFor({ carriesExpiry }: ProviderCapabilities, expiresAt: Instant | undefined, now: Instant): boolean {
  return expiresAt === undefined || (carriesExpiry?.(expiresAt, now) ?? true);
}

function isCodeFor({ code: { pattern, maxLength } }: ProviderCapabilities, code: string): boolean {
  return code.length <= maxLength && (pattern?.test(code) ?? true);
}
