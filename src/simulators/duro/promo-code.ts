import { z } from 'zod';

/** A promo code as Duro stores it. Times are ISO 8601 in UTC, amounts minor units. */
export const PromoCodeDocument = z.object({
  id: z.string(),
  code: z.string(),
  planId: z.string().nullable(),
  discountType: z.enum(['percentage', 'fixed']),
  discountValue: z.int(),
  duration: z.enum(['once', 'forever', 'repeating']),
  durationCycles: z.int().nullable(),
  maxRedemptions: z.int().nullable(),
  redeemedCount: z.int(),
  active: z.boolean(),
  expiresAt: z.string().nullable(),
  createdAt: z.string(),
});
export type PromoCodeDocument = z.infer<typeof PromoCodeDocument>;

/** Uses left, null without a cap. Below 0 when the cap was lowered under the count. */
export function remainingUses({ maxRedemptions, redeemedCount }: PromoCodeDocument): number | null {
  return maxRedemptions === null ? null : maxRedemptions - redeemedCount;
}

/** True when somebody could use the code now (milliseconds). */
export function isUsable(promoCode: PromoCodeDocument, now: number): boolean {
  const { active, expiresAt } = promoCode;
  return active && (expiresAt === null || now < Date.parse(expiresAt)) && (remainingUses(promoCode) ?? 1) > 0;
}

/** What Duro shows: `planId`, `durationCycles` and `maxRedemptions` can be written and never read. */
export function shownPromoCode(
  promoCode: PromoCodeDocument,
  { active, remaining }: { active: boolean; remaining: number | null },
): Record<string, unknown> {
  const { id, code, discountType, discountValue, duration, redeemedCount, expiresAt, createdAt } = promoCode;
  return {
    id,
    code,
    discountType,
    discountValue,
    duration,
    redeemedCount,
    remaining,
    active,
    expiresAt,
    createdAt,
  };
}
