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

/** Remaining uses; null without a limit. Negative if the limit was lowered below the count. */
export function remainingUses({ maxRedemptions, redeemedCount }: PromoCodeDocument): number | null {
  return maxRedemptions === null ? null : maxRedemptions - redeemedCount;
}

/** True if the code can be used at `now`, in milliseconds. */
export function isUsable(promoCode: PromoCodeDocument, now: number): boolean {
  const { active, expiresAt } = promoCode;
  return active && (expiresAt === null || now < Date.parse(expiresAt)) && (remainingUses(promoCode) ?? 1) > 0;
}

/** The code as Duro returns it. `planId`, `durationCycles` and `maxRedemptions` are write-only. */
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
