import { z } from 'zod';
import { textMap } from '../../domain/promotion/text-map.ts';
import { goTime } from './go-json.ts';

/** Whose data the simulated key isInScope. */
export const OWNER = { environment_id: 'env_sandbox', tenant_id: 'tenant_sandbox' };
export const USER = 'user_sandbox';

/** A row of the coupons table; times in milliseconds, decimals as text. Named as the columns are. */
export const CouponDocument = z.object({
  id: z.string(),
  name: z.string(),
  redeem_after: z.number().nullable(),
  redeem_before: z.number().nullable(),
  max_redemptions: z.int().nullable(),
  total_redemptions: z.int(),
  rules: z.record(z.string(), z.unknown()).nullable(),
  /** Major units; "0" where not set, as in the database. */
  amount_off: z.string(),
  percentage_off: z.string(),
  /** Any text: Flexprice does not check that it is "fixed" or "percentage". */
  type: z.string(),
  cadence: z.string(),
  duration_in_periods: z.int().nullable(),
  /** Empty for none. */
  currency: z.string(),
  /** Lower case, empty for none. */
  coupon_code: z.string(),
  metadata: textMap.nullable(),
  status: z.enum(['published', 'archived']),
  created_at: z.number(),
  updated_at: z.number(),
});
export type CouponDocument = z.infer<typeof CouponDocument>;

/** A coupon in an answer. `coupon_code` is left out where there is none. */
export function shownCoupon({ created_at, updated_at, status, metadata, coupon_code, ...coupon }: CouponDocument) {
  return {
    ...coupon,
    redeem_after: coupon.redeem_after === null ? null : goTime(coupon.redeem_after),
    redeem_before: coupon.redeem_before === null ? null : goTime(coupon.redeem_before),
    coupon_code: coupon_code === '' ? undefined : coupon_code,
    metadata,
    ...OWNER,
    status,
    created_at: goTime(created_at),
    updated_at: goTime(updated_at),
    created_by: USER,
    updated_by: USER,
  };
}

/** Whether a text fits into a column, which counts characters and not UTF-16 units. */
export function fitsColumn(text: string, maxLength: number): boolean {
  return [...text].length <= maxLength;
}

/** How codes are stored and looked up. */
export function storedCode(code: string): string {
  return code.trim().toLowerCase();
}
