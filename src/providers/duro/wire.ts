import { z } from 'zod';
import type { Duration, StatedDiscount } from '../../domain/promotion/promotion.ts';
import type { NewPromoCode, PromoCodeChange, ProviderPromoCode } from '../../domain/provider/provider.ts';
import type { InputFault } from '../../domain/provider/provider-error.ts';
import type { ErrorReading } from '../client/failure.ts';
import { type JsonObject, optional, rfc3339, toRfc3339, whenSet } from '../client/wire-values.ts';

/**
 * In Duro's reference every field is optional. A missing field is unknown: not zero, and not "no limit". Only the id is required
 * here, because an object without one may not be a promo code.
 */
const promoCodeAnswer = z.object({
  id: z.string().min(1),
  code: optional(z.string().min(1)),
  discountType: optional(z.enum(['percentage', 'fixed'])),
  discountValue: optional(z.int()),
  duration: optional(z.enum(['once', 'forever', 'repeating'])),
  redeemedCount: optional(z.int()),
  /** Null: no limit. */
  remaining: z.int().nullish(),
  active: optional(z.boolean()),
  /** Null: no end. */
  expiresAt: rfc3339.nullish(),
  createdAt: optional(rfc3339),
});
type PromoCodeAnswer = z.infer<typeof promoCodeAnswer>;

const wrapped = z.object({ ok: z.literal(true), data: z.unknown() });

const errorBody = z.object({
  error: z.object({
    message: z.string().nullish(),
    details: z.array(z.object({ path: z.string().nullish(), issue: z.string().nullish() })).nullish(),
  }),
});

/**
 * The body that creates a promo code.
 * @throws {TypeError} for the terms of a coupon
 */
export function toWire({ code, terms, planId, maxRedemptions, expiresAt }: NewPromoCode) {
  if ('couponId' in terms) throw new TypeError('a promo code at Duro cannot use a coupon');
  const { discount, duration } = terms;
  return {
    code,
    planId,
    ...toWireDiscount(discount),
    ...toWireDuration(duration),
    maxRedemptions,
    expiresAt: whenSet(expiresAt, toRfc3339),
  };
}

/** The body that changes a promo code. */
export function toWireChange({ active, maxRedemptions, expiresAt }: PromoCodeChange) {
  return { active, maxRedemptions, expiresAt: whenSet(expiresAt, toRfc3339) };
}

function toWireDiscount(discount: StatedDiscount) {
  return discount.kind === 'PERCENTAGE'
    ? { discountType: 'percentage', discountValue: Number(discount.percentage) }
    : { discountType: 'fixed', discountValue: discount.amount.minorUnits };
}

function toWireDuration(duration: Duration) {
  return duration.kind === 'REPEATING'
    ? { duration: 'repeating', durationCycles: duration.count }
    : { duration: duration.kind === 'ONCE' ? 'once' : 'forever' };
}

/**
 * Reads a promo code.
 * @param currency of a fixed discount
 * @throws {ZodError} if the gateway cannot express it
 */
export function toDomain(body: unknown, currency: string): ProviderPromoCode {
  const answer = promoCodeAnswer.parse(unwrapped(body));
  const { redeemedCount, remaining } = answer;
  return {
    kind: 'PromoCode',
    providerId: answer.id,
    code: answer.code,
    coupon: null,
    discount: toDiscount(answer, currency),
    duration: answer.duration && toDuration(answer.duration),
    active: answer.active,
    maxRedemptions: toLimit(answer),
    redeemedCount,
    ...(redeemedCount === undefined && typeof remaining === 'number' && { remaining }),
    startsAt: null,
    expiresAt: answer.expiresAt,
    createdAt: answer.createdAt,
    metadata: undefined,
    customerId: null,
    planId: undefined,
    firstTransactionOnly: false,
    minimumOrder: null,
  };
}

function toDiscount({ discountType, discountValue }: PromoCodeAnswer, currency: string): StatedDiscount | undefined {
  if (discountType === undefined || discountValue === undefined) return undefined;
  return discountType === 'percentage'
    ? { kind: 'PERCENTAGE', percentage: String(discountValue) }
    : { kind: 'FIXED', amount: { minorUnits: discountValue, currency } };
}

/** Duro never returns the limit. It may have changed since the gateway sent one, so it is computed from the counters. */
function toLimit({ redeemedCount, remaining }: PromoCodeAnswer): number | null | undefined {
  if (remaining === null) return null;
  return remaining === undefined || redeemedCount === undefined ? undefined : redeemedCount + remaining;
}

/** Duro's guides show `{ok, data}`, its reference a bare object. `ok` must be present, because other objects also have `data`. */
function unwrapped(body: unknown): unknown {
  const envelope = wrapped.safeParse(body);
  return envelope.success ? envelope.data.data : body;
}

function toDuration(duration: 'once' | 'forever' | 'repeating'): Duration {
  if (duration === 'repeating') return { kind: 'REPEATING', count: null, unit: 'BILLING_PERIOD' };
  return { kind: duration === 'once' ? 'ONCE' : 'FOREVER' };
}

/** Reads the message and the faulty field of an error body. */
export function readError(body: JsonObject): ErrorReading {
  const parsed = errorBody.safeParse(body);
  if (!parsed.success) return {};
  const { message, details } = parsed.data.error;
  const faults = (details ?? []).map(({ path, issue }) => `${path ?? ''} ${issue ?? ''}`);
  const [field] = (details ?? []).flatMap(({ path }) => FIELDS[path ?? ''] ?? []);
  return {
    message: [message ?? '', ...faults].join('; '),
    ...(field && { fault: { field, message: 'is refused by the provider' } }),
  };
}

/** Duro's fields, and the input field that each comes from. */
const FIELDS: Record<string, InputFault['field']> = {
  code: 'code',
  planId: 'planId',
  discountType: 'discount',
  discountValue: 'discount',
  duration: 'duration',
  durationCycles: 'duration',
  maxRedemptions: 'maxRedemptions',
  expiresAt: 'expiresAt',
};
