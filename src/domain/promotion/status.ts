import type { Instant, PromotionStatus } from './promotion.ts';

/** The facts that determine a status. Null: no such limit or date. */
export interface StatusFacts {
  active: boolean;
  maxRedemptions: number | null;
  redeemedCount: number;
  startsAt: Instant | null;
  expiresAt: Instant | null;
}

/**
 * The status of a promo code and its coupon, or of a coupon alone: the first that applies of EXPIRED, EXHAUSTED,
 * INACTIVE, SCHEDULED and ACTIVE. Holds do not count towards EXHAUSTED. `store/promotions/promotion-filter.ts` has the
 * same rule in SQL.
 */
export function statusAt(now: Instant, ...promotions: StatusFacts[]): PromotionStatus {
  if (promotions.some((promotion) => isExpired(promotion, now))) return 'EXPIRED';
  if (promotions.some(isUsedUp)) return 'EXHAUSTED';
  if (promotions.some(({ active }) => !active)) return 'INACTIVE';
  if (promotions.some((promotion) => isScheduled(promotion, now))) return 'SCHEDULED';
  return 'ACTIVE';
}

/** The next instant after `now` at which a date can change the status; null: there is none. */
export function nextStatusChange(now: Instant, ...promotions: StatusFacts[]): Instant | null {
  const dates = promotions.flatMap(({ startsAt, expiresAt }) => [startsAt, expiresAt]);
  const next = Math.min(...dates.map((date) => (date !== null && date > now ? date : Number.POSITIVE_INFINITY)));
  return Number.isFinite(next) ? next : null;
}

/** Whether `now` is at or after `expiresAt`. */
export function isExpired({ expiresAt }: Pick<StatusFacts, 'expiresAt'>, now: Instant): boolean {
  return expiresAt !== null && now >= expiresAt;
}

/** Whether `now` is before `startsAt`. */
export function isScheduled({ startsAt }: Pick<StatusFacts, 'startsAt'>, now: Instant): boolean {
  return startsAt !== null && now < startsAt;
}

function isUsedUp({ maxRedemptions, redeemedCount }: StatusFacts): boolean {
  return maxRedemptions !== null && redeemedCount >= maxRedemptions;
}
