import { z } from 'zod';
import { ulid } from '../server/ulid.ts';
import { type CouponDocument, fitsColumn, storedCode } from './coupon.ts';
import { columnDecimal, compareDecimals } from './decimal.ts';
import type { Refuse } from './errors.ts';
import { GoDecimal, GoInteger, GoString, GoTextMap, GoTime } from './go-json.ts';

export const CreateCouponBody = z.object({
  name: GoString,
  type: GoString,
  cadence: GoString,
  amount_off: GoDecimal,
  percentage_off: GoDecimal,
  currency: GoString,
  coupon_code: GoString,
  duration_in_periods: GoInteger,
  max_redemptions: GoInteger,
  redeem_after: GoTime,
  redeem_before: GoTime,
  rules: z
    .record(z.string(), z.unknown())
    .nullish()
    .transform((rules) => rules ?? null),
  metadata: GoTextMap,
});
export type CreateCouponBody = z.infer<typeof CreateCouponBody>;

const MAX_REDEMPTIONS = 1_000_000;

/**
 * The checks of a creation, in Flexprice's order. Flexprice does not check unknown types, unknown cadences, currencies, or a
 * `redeem_before` in the past.
 * @throws {Refusal} 400
 */
export function checkCreation(body: CreateCouponBody, refuse: Refuse): void {
  const invalid = (message: string, details?: Record<string, unknown>) => refuse('validation_error', message, details);
  if (body.name === '') throw invalid('Please provide a coupon name');
  if (body.type === '') throw invalid('Please provide a discount type (fixed or percentage)');
  checkDiscount(body, invalid);
  if (body.redeem_after !== null && body.redeem_before !== null && body.redeem_after > body.redeem_before) {
    throw invalid('Please provide valid date range');
  }
  const max = body.max_redemptions;
  if (max !== null && (max < 1 || max > MAX_REDEMPTIONS)) {
    throw invalid('Please provide a valid maximum redemption count', { max_redemptions: max, limit: MAX_REDEMPTIONS });
  }
  checkCadence(body, invalid);
}

type Invalid = (message: string) => Error;

function checkDiscount({ type, amount_off, percentage_off }: CreateCouponBody, invalid: Invalid): void {
  if (type === 'fixed' && (amount_off === null || compareDecimals(amount_off, 0) <= 0)) {
    throw invalid('Please provide a valid discount amount');
  }
  if (type !== 'percentage') return;
  if (percentage_off === null) throw invalid('Please provide a valid discount percentage');
  if (compareDecimals(percentage_off, 0) <= 0 || compareDecimals(percentage_off, 100) > 0) {
    throw invalid('Please provide a valid percentage between 0 and 100');
  }
}

function checkCadence({ cadence, duration_in_periods: periods }: CreateCouponBody, invalid: Invalid): void {
  if (cadence === 'repeated') {
    if (periods === null) throw invalid('Please specify how many billing periods this coupon should apply to');
    if (periods <= 0) throw invalid('Please provide a valid number of billing periods');
  }
  if ((cadence === 'once' || cadence === 'forever') && periods !== null) {
    throw invalid('Duration in periods is only applicable for repeated cadence');
  }
}

/** The row of a new coupon; undefined if the database would refuse it. */
export function newCoupon(body: CreateCouponBody, now: number): CouponDocument | undefined {
  const amount = columnDecimal(body.amount_off ?? '0', { precision: 20, scale: 8 });
  const percentage = columnDecimal(body.percentage_off ?? '0', { precision: 7, scale: 4 });
  const code = storedCode(body.coupon_code);
  const fits =
    fitsColumn(body.name, 255) && fitsColumn(code, 100) && fitsColumn(body.currency, 10) && body.cadence !== '';
  if (!fits || amount === undefined || percentage === undefined) return undefined;
  return {
    id: `coupon_${ulid(now)}`,
    name: body.name,
    redeem_after: body.redeem_after,
    redeem_before: body.redeem_before,
    max_redemptions: body.max_redemptions,
    total_redemptions: 0,
    rules: body.rules,
    amount_off: amount,
    percentage_off: percentage,
    type: body.type,
    cadence: body.cadence,
    duration_in_periods: body.duration_in_periods,
    // Stored in the case in which it was sent; not stored for a percentage.
    currency: body.type === 'percentage' ? '' : body.currency,
    coupon_code: code,
    metadata: body.metadata,
    status: 'published',
    created_at: now,
    updated_at: now,
  };
}
