import type { Instant, PromotionStatus } from './promotion.ts';

/** The facts that a status is made of. A limit or date that is null does not apply. */
export interface StatusFacts {
  active: boolean;
  maxRedemptions: number | null;
  redeemedCount: number;
  startsAt: Instant | null;
  expiresAt: Instant | null;
}

/**
 * The status of a promo code together with the coupon behind it, or of a coupon alone: the first that holds of EXPIRED,
 * EXHAUSTED, INACTIVE, SCHEDULED and ACTIVE. Holds alone do not exhaust. The list's filter says the same in SQL.
 */
export function statusAt(now: Instant, ...promotions: StatusFacts[]): PromotionStatus {
  if (promotions.some((promotion) => isExpired(promotion, now))) return 'EXPIRED';
  if (promotions.some(isUsedUp)) return 'EXHAUSTED';
  if (promotions.some(({ active }) => !active)) return 'INACTIVE';
  if (promotions.some((promotion) => isScheduled(promotion, now))) return 'SCHEDULED';
  return 'ACTIVE';
}

/** The next instant after `now` at which a date can move the status; null: none is to come. */
export function nextStatusChange(now: Instant, ...promotions: StatusFacts[]): Instant | null {
  const dates = promotions.flatMap(({ startsAt, expiresAt }) => [startsAt, expiresAt]);
  const next = Math.min(...dates.map((date) => (date !== null && date > now ? date : Number.POSITIVE_INFINITY)));
  return Number.isFinite(next) ? next : null;
}

/** From the instant of `expiresAt` on. */
export function isExpired({ expiresAt }: Pick<StatusFacts, 'expiresAt'>, now: Instant): boolean {
  return expiresAt !== null && now >= expiresAt;
}

/** Until the instant before `startsAt`. */
export function isScheduled({ startsAt }: Pick<StatusFacts, 'startsAt'>, now: Instant): boolean {
  return startsAt !== null && now < startsAt;
}

function isUsedUp({ maxRedemptions, redeemedCount }: StatusFacts): boolean {
  return maxRedemptions !== null && redeemedCount >= maxRedemptions;
}
