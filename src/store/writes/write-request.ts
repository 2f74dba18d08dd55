import { z } from 'zod';
import { textMap } from '../../domain/promotion/text-map.ts';

/*
 * The request of a write to a provider, stored until its outcome is known. It is enough for another process to
 * reconcile the write and to record its result.
 */

const instant = z.number();
const money = z.object({ minorUnits: z.number(), currency: z.string() });
const discount = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('PERCENTAGE'), percentage: z.string() }),
  z.object({ kind: z.literal('FIXED'), amount: money, currencyOptions: z.array(money).optional() }),
]);
const duration = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ONCE') }),
  z.object({ kind: z.literal('FOREVER') }),
  z.object({
    kind: z.literal('REPEATING'),
    count: z.number().nullable(),
    unit: z.enum(['MONTH', 'BILLING_PERIOD']),
  }),
]);
const coupon = z.object({
  name: z.string(),
  discount,
  duration,
  maxRedemptions: z.number().optional(),
  startsAt: instant.optional(),
  expiresAt: instant.optional(),
  metadata: textMap.optional(),
});
const promoCode = z.object({
  code: z.string(),
  terms: z.union([z.object({ couponId: z.string() }), z.object({ discount, duration })]),
  maxRedemptions: z.number().optional(),
  startsAt: instant.optional(),
  expiresAt: instant.optional(),
  customerId: z.string().optional(),
  planId: z.string().optional(),
  firstTransactionOnly: z.boolean().optional(),
  minimumOrder: money.optional(),
  minimumOrderOptions: z.array(money).optional(),
  metadata: textMap.optional(),
});
const rules = z.object({
  switchedOff: z.boolean().optional(),
  startsAt: instant.nullish(),
  expiresAt: instant.nullish(),
  maxRedemptions: z.number().nullish(),
  perCustomerLimit: z.number().nullish(),
  customerId: z.string().nullish(),
  planId: z.string().nullish(),
  firstTransactionOnly: z.boolean().optional(),
  minimumOrder: money.nullish(),
});
const promoCodeChange = z.object({
  active: z.boolean().optional(),
  maxRedemptions: z.number().nullish(),
  startsAt: instant.nullish(),
  expiresAt: instant.nullish(),
  metadata: textMap.nullish(),
});
const couponChange = z.object({ name: z.string().optional(), metadata: textMap.nullish() });
/** What the gateway stores for a provider without metadata; absent: no change. */
const keptMetadata = textMap.nullish();

/** The provider's list right before a creation. Stored for providers whose result can only be found by its terms. */
const before = z.object({
  /** The provider's ids of the newest entries. */
  ids: z.array(z.string()),
  /** When the newest entry was created, by the provider's clock; null: the list was empty. */
  newest: instant.nullable(),
  /** Whether `ids` has all entries of the list. */
  isAll: z.boolean(),
});

/** In a creation, `metadata` is what the gateway stores for a provider without metadata. */
export const writeRequest = z.discriminatedUnion('operation', [
  z.object({
    operation: z.literal('createCoupon'),
    coupon,
    rules,
    metadata: textMap.nullable(),
    before: before.optional(),
  }),
  z.object({
    operation: z.literal('createPromoCode'),
    promoCode,
    rules,
    metadata: textMap.nullable(),
    before: before.optional(),
  }),
  /** The coupon of a promo code with its own terms, at a provider whose codes need a coupon. */
  z.object({
    operation: z.literal('createPromoCode.coupon'),
    coupon,
    code: z.string(),
    customerId: z.string().optional(),
    before: before.optional(),
  }),
  z.object({
    operation: z.literal('updatePromoCode'),
    id: z.string(),
    change: promoCodeChange,
    rules,
    metadata: keptMetadata,
  }),
  z.object({ operation: z.literal('updateCoupon'), id: z.string(), change: couponChange, metadata: keptMetadata }),
  z.object({ operation: z.literal('archiveCoupon'), id: z.string() }),
  z.object({
    operation: z.literal('applyToSubscription'),
    redemptionId: z.string(),
    subscriptionId: z.string(),
    /** The provider's ids of the uses on the subscription before. */
    usesBefore: z.array(z.string()),
  }),
  z.object({
    operation: z.literal('removeFromSubscription'),
    redemptionId: z.string(),
    useId: z.string(),
    subscriptionId: z.string(),
    reason: z.string().nullable(),
  }),
]);

export type WriteRequest = z.infer<typeof writeRequest>;
export type Operation = WriteRequest['operation'];
/** The request of one operation. */
export type WriteRequestOf<Name extends Operation> = Extract<WriteRequest, { operation: Name }>;
/** The provider's list right before a creation. */
export type StoodBefore = z.infer<typeof before>;

export function isRequestOf<Name extends Operation>(
  request: WriteRequest,
  operation: Name,
): request is WriteRequestOf<Name> {
  return request.operation === operation;
}
