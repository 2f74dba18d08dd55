import { z } from 'zod';
import type { Metadata } from '../../domain/promotion/promotion.ts';
import { textMap } from '../../domain/promotion/text-map.ts';
import type { NewCoupon, NewPromoCode, ProviderCoupon, ProviderPromoCode } from '../../domain/provider/provider.ts';
import type { ErrorReading } from '../client/failure.ts';
import { INTENT_MARK, MARK_PREFIX } from '../client/marks.ts';
import type { JsonObject } from '../client/wire-values.ts';
import * as stripeCoupon from '../stripe-wire/stripe-coupon.ts';
import * as stripeErrors from '../stripe-wire/stripe-errors.ts';
import * as stripePromotionCode from '../stripe-wire/stripe-promotion-code.ts';

/** Fields of a coupon that Stripe returns only on request. */
const COUPON_PARTS = ['applies_to', 'currency_options'];
/** The coupon of a promotion code and its parts, and those of the restrictions. Stripe expands at most four levels. */
const CODE_PARTS = [
  'promotion.coupon',
  ...COUPON_PARTS.map((part) => `promotion.coupon.${part}`),
  'restrictions.currency_options',
];

/** Makes answers complete. */
export const EXPAND = {
  coupon: { expand: COUPON_PARTS },
  coupons: { expand: COUPON_PARTS.map((part) => `data.${part}`) },
  promoCode: { expand: CODE_PARTS },
  promoCodes: { expand: CODE_PARTS.map((part) => `data.${part}`) },
};

const MEANING = { hasMetadata: true, isNullNone: true };

const errorBody = z.object({ error: z.object({ code: z.string().optional(), param: z.string().optional() }) });
/** Codes of refusals to apply a promotion. Stripe's own client does not list the first two. */
const REFUSAL_CODES = new Map<string, ErrorReading['refusal']>([
  ['promotion_code_customer_not_first_time', 'NOT_FIRST_TRANSACTION'],
  ['promotion_code_customer_missing_first_time', 'CUSTOMER_REQUIRED'],
  ['coupon_expired', 'EXPIRED'],
]);
/** Errors that end sooner than others. A locked object has "lock_timeout", with a 429. */
const RATE_LIMITS = new Set(['rate_limit', 'lock_timeout']);

/** The id of a coupon that the gateway creates. Stripe lets the caller choose it, and refuses one that exists. */
export function couponIdOf(intentId: string): string {
  return `gateway-${intentId}`;
}

/** The body that creates a coupon. */
export function toCouponWire(coupon: NewCoupon, intentId: string) {
  const metadata = marked(coupon.metadata, intentId);
  return { id: couponIdOf(intentId), ...stripeCoupon.toCouponWire(coupon), metadata, ...EXPAND.coupon };
}

/**
 * The body that creates a promotion code.
 * @throws {TypeError} for terms other than a coupon's
 */
export function toPromoCodeWire(promoCode: NewPromoCode, intentId: string) {
  const promotion = { type: 'coupon', coupon: couponOf(promoCode) };
  const conditions = stripePromotionCode.toPromoCodeConditions(promoCode);
  return { promotion, ...conditions, metadata: marked(promoCode.metadata, intentId), ...EXPAND.promoCode };
}

/** @throws {TypeError} for terms of its own: the gateway creates a coupon first */
export function couponOf({ terms }: NewPromoCode): string {
  if ('couponId' in terms) return terms.couponId;
  throw new TypeError('a promotion code of Stripe needs a coupon');
}

function marked(metadata: Metadata | undefined, intentId: string): Metadata {
  return { ...metadata, [INTENT_MARK]: intentId };
}

/**
 * Reads a coupon.
 * @throws {ZodError | RangeError} if the gateway cannot express it
 */
export function toCoupon(body: unknown): ProviderCoupon {
  return stripeCoupon.toCoupon(body, MEANING);
}

/**
 * Reads a promotion code.
 * @throws {ZodError | RangeError} if the gateway cannot express it
 */
export function toPromoCode(body: unknown): ProviderPromoCode {
  return stripePromotionCode.toPromoCode(body, MEANING);
}

const withMetadata = z.object({ metadata: textMap.nullish() });

/** All metadata of an object, with the marks. */
export function toMetadata(body: unknown): Metadata {
  return withMetadata.parse(body).metadata ?? {};
}

/**
 * The change that replaces the clients' metadata. Stripe merges: a key that is not sent stays, an empty text removes it. The
 * marks stay.
 */
export function toMetadataChange(before: Metadata, after: Metadata | null): Metadata {
  const removed = Object.keys(before).filter((key) => !key.startsWith(MARK_PREFIX));
  return { ...Object.fromEntries(removed.map((key) => [key, ''])), ...after };
}

/** Reads an error. Unlike ChatDash, Stripe sends no refusal with a 500. */
export function readError(body: JsonObject): ErrorReading {
  const { code, param = '' } = errorBody.safeParse(body).data?.error ?? {};
  const reading: ErrorReading = { ...stripeErrors.readError(body), isRefusal: false };
  if (code !== undefined && RATE_LIMITS.has(code)) return { ...reading, isRateLimit: true };
  const refusal = REFUSAL_CODES.get(code ?? '');
  if (refusal !== undefined) return { ...reading, refusal };
  if (code === 'resource_already_exists') return { ...reading, reason: 'CONFLICT' };
  if (code === 'resource_missing' && /coupon|promotion_code/.test(param)) return { ...reading, reason: 'NOT_FOUND' };
  return reading;
}
