import { z } from 'zod';
import { idOrObject } from '../stripe-wire/stripe-promotion-code.ts';

/** Events have the shape of the account's own version: the coupon was not in `source` before 2025-09-30. */
const discountAnswer = z
  .object({
    id: z.string().min(1),
    promotion_code: idOrObject.nullish(),
    source: z.object({ coupon: idOrObject.nullish() }).nullish(),
    coupon: idOrObject.nullish(),
  })
  .transform(({ id, promotion_code, source, coupon }) => ({
    id,
    promotionCodeId: promotion_code ?? null,
    couponId: source?.coupon ?? coupon ?? null,
  }));
/** A discount on a subscription: of a code and its coupon, or of a coupon alone. */
export type Discount = z.infer<typeof discountAnswer>;

/** The list is required: if a missing list counted as empty, the next change would remove all discounts. */
const subscriptionAnswer = z.object({ discounts: z.array(discountAnswer) });

const deletionAnswer = z.object({
  data: z.object({ object: discountAnswer }),
  request: z.object({ idempotency_key: z.string().nullish() }).nullish(),
});

/** An entry of the list that a change sends: a discount that stays, or what is to be added. */
export type DiscountEntry = { discount: string } | { promotion_code: string } | { coupon: string };

/** The discounts of a subscription, in the order in which they apply. */
export function toDiscounts(body: unknown): Discount[] {
  return subscriptionAnswer.parse(body).discounts;
}

/** Reads an event of a discount that was removed. `key`: the idempotency key of the request that removed it. */
export function toDeletion(event: unknown): { discount: Discount; key: string | null } {
  const { data, request } = deletionAnswer.parse(event);
  return { discount: data.object, key: request?.idempotency_key ?? null };
}

/** Whether a discount comes from this code, or from this coupon without a code. */
export function isOf({ promotionCodeId, couponId }: Discount, providerId: string): boolean {
  return (promotionCodeId ?? couponId) === providerId;
}

export function keep({ id }: Discount): DiscountEntry {
  return { discount: id };
}

/** Adds the same discount again, under a new id; empty if its coupon is unknown. */
export function addAgain({ promotionCodeId, couponId }: Discount): DiscountEntry[] {
  if (promotionCodeId !== null) return [{ promotion_code: promotionCodeId }];
  return couponId === null ? [] : [{ coupon: couponId }];
}
