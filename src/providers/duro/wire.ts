import { z } from 'zod';
import type { Duration, StatedDiscount } from '../../domain/promotion/promotion.ts';
import type { NewPromoCode, PromoCodeChange, ProviderPromoCode } from '../../domain/provider/provider.ts';
import type { InputFault } from '../../domain/provider/provider-error.ts';
import type { ErrorReading } from '../client/failure.ts';
import { type JsonObject, optional, rfc3339, toRfc3339, whenSet } from '../client/wire-values.ts';

/**
 * Every field is optional in Duro's document. One that is left out says nothing: it is no zero, and no lack of a limit.
 * Without an id it is not known to be a promo code at all.
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

export function toWire({ code, terms, planId, maxRedemptions, expiresAt }: NewPromoCode) {
  if ('couponId' in terms) throw new TypeError('a promo code at Duro has terms of its own');
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

/** @throws ZodError for a promo code that cannot be expressed here */
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

/** The limit itself is never told, and may differ from the one that was sent once. */
function toLimit({ redeemedCount, remaining }: PromoCodeAnswer): number | null | undefined {
  if (remaining === null) return null;
  return remaining === undefined || redeemedCount === undefined ? undefined : redeemedCount + remaining;
}

/** Guides show `{ok, data}`, the reference a bare object. Other objects of Duro have a `data` of their own. */
function unwrapped(body: unknown): unknown {
  const envelope = wrapped.safeParse(body);
  return envelope.success ? envelope.data.data : body;
}

function toDuration(duration: 'once' | 'forever' | 'repeating'): Duration {
  if (duration === 'repeating') return { kind: 'REPEATING', count: null, unit: 'BILLING_PERIOD' };
  return { kind: duration === 'once' ? 'ONCE' : 'FOREVER' };
}

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

/** The fields of our inputs behind Duro's. */
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
