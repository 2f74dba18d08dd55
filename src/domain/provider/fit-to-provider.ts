import type { Money } from '../money/money.ts';
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
import type { UnsupportedField } from './unsupported.ts';
import {
  codeFaults,
  discountFaults,
  durationFaults,
  isCarried,
  metadataFaults,
  NO_COUPONS,
  nameFaults,
  optionFaults,
  RULE_FIELDS,
  type RuleField,
  ruleFault,
} from './unsupported-fields.ts';

/** A duration as a client requests it. `unit: null` means the unit of the provider. */
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
/** A coupon as a client requests it. */
export interface CouponDraft extends Draft {
  name: string;
  discount: StatedDiscount;
}
/** A promo code as a client requests it. */
export interface PromoCodeDraft extends Draft {
  code: string;
  /** Own terms, or the provider's id of the coupon that has them. */
  terms: { discount: StatedDiscount } | { couponId: string };
  perCustomerLimit?: number;
  customerId?: string;
  planId?: string;
  firstTransactionOnly?: true;
  minimumOrder?: Money;
  minimumOrderOptions?: Money[];
}

/** A draft divided into what the provider gets, what the gateway enforces, and what neither supports. */
export interface FittedDraft<Sent> {
  sent: Sent;
  rules: GatewayRules;
  /** The input fields that neither supports. */
  unsupported: UnsupportedField[];
}

/** The circumstances of a request. */
export interface FitContext {
  /** Whether the gateway may enforce rules that the provider does not support. */
  allowRules: boolean;
  now: Instant;
}

/** Divides a coupon between the provider and the gateway's rules. */
export function fitCoupon(
  draft: CouponDraft,
  capabilities: ProviderCapabilities,
  { allowRules, now }: FitContext,
): FittedDraft<NewCoupon> {
  const { name, discount, duration, metadata } = draft;
  const fields = capabilities.couponFields;
  const maximum = place(
    draft.maxRedemptions,
    fields.has('maxRedemptions') && isWithin(capabilities, draft.maxRedemptions),
  );
  const start = place(draft.startsAt, fields.has('startsAt'));
  const end = place(draft.expiresAt, fields.has('expiresAt') && isExpiryFor(capabilities, draft.expiresAt, now));
  const ruleFields = fieldsWithRules(
    { maxRedemptions: maximum, startsAt: start, expiresAt: end },
    fields,
    capabilities,
  );
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
      ...nameFaults(name, capabilities),
      ...metadataFaults(metadata, fields.has('metadata'), capabilities),
      ...discountFaults(discount, fields.has('currencyOptions'), capabilities),
      ...durationFaults(duration, discount, capabilities),
      ...(allowRules ? [] : ruleFields),
    ],
  };
}

/**
 * Divides a promo code between the provider and the gateway's rules. Accepts own terms also for a provider whose promo
 * codes need a coupon: the caller creates the coupon first.
 */
export function fitPromoCode(
  draft: PromoCodeDraft,
  capabilities: ProviderCapabilities,
  { allowRules, now }: FitContext,
): FittedDraft<NewPromoCode> {
  const { code, terms, duration, metadata, perCustomerLimit, minimumOrder, minimumOrderOptions } = draft;
  const discount = 'discount' in terms ? terms.discount : undefined;
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
  const placed = {
    maxRedemptions: maximum,
    startsAt: start,
    expiresAt: end,
    customerId: customer,
    planId: plan,
    firstTransactionOnly: firstOnly,
    minimumOrder: minimum,
  };
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
      minimumOrderOptions,
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
      ...codeFaults(code, capabilities),
      ...metadataFaults(metadata, fields.has('metadata'), capabilities),
      ...('couponId' in terms && !fields.has('couponId') ? [NO_COUPONS] : []),
      ...(discount ? discountFaults(discount, fields.has('currencyOptions'), capabilities) : []),
      ...durationFaults(duration, discount, capabilities),
      // Sent with a minimum order only: the gateway enforces no options.
      ...optionFaults(
        'minimumOrderOptions',
        minimumOrderOptions,
        fields.has('minimumOrderOptions') && minimum.rule === undefined,
        capabilities,
      ),
      ...(allowRules ? [] : fieldsWithRules(placed, fields, capabilities)),
    ],
  };
}

/** A value that either the provider or a rule of the gateway enforces. */
interface Placed<Value> {
  sent: Value | undefined;
  rule: Value | undefined;
}

function place<Value>(value: Value | undefined, isSupported: boolean): Placed<Value> {
  return isSupported ? { sent: value, rule: undefined } : { sent: undefined, rule: value };
}

/** @param fields the fields that the provider has: a rule for one of them stands for a value that the provider lacks */
function fieldsWithRules(
  placed: Partial<Record<RuleField, Placed<unknown>>>,
  fields: ReadonlySet<string>,
  capabilities: ProviderCapabilities,
): UnsupportedField[] {
  return RULE_FIELDS.flatMap((field) =>
    placed[field]?.rule === undefined ? [] : [ruleFault(field, fields.has(field), capabilities)],
  );
}

function toDuration(duration: RequestedDuration | undefined, { durationUnit }: ProviderCapabilities): Duration {
  if (duration?.kind === 'REPEATING') return { kind: 'REPEATING', count: duration.count, unit: durationUnit };
  return { kind: duration?.kind ?? 'ONCE' };
}

function isWithin({ maxRedemptions: highest }: ProviderCapabilities, wanted: number | undefined): boolean {
  return highest === undefined || wanted === undefined || wanted <= highest;
}

function isExpiryFor({ carriesExpiry }: ProviderCapabilities, expiresAt: Instant | undefined, now: Instant): boolean {
  return expiresAt === undefined || (carriesExpiry?.(expiresAt, now) ?? true);
}
