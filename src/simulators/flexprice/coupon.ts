import { z } from 'zod';
import { textMap } from '../../domain/promotion/text-map.ts';
import { goTime } from './go-json.ts';

/** The environment and the tenant of the simulated API key. */
export const OWNER = { environment_id: 'env_sandbox', tenant_id: 'tenant_sandbox' };
export const USER = 'user_sandbox';

/** A row of the coupons table, with its column names. Times are in milliseconds, decimals are text. */
export const CouponDocument = z.object({
  id: z.string(),
  name: z.string(),
  redeem_after: z.number().nullable(),
  redeem_before: z.number().nullable(),
  max_redemptions: z.int().nullable(),
  total_redemptions: z.int(),
  rules: z.record(z.string(), z.unknown()).nullable(),
  /** Major units; "0" means not set, as in the database. */
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

/** The coupon as Flexprice returns it. `coupon_code` is omitted if there is none. */
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

/** Whether a text fits into a column. The limit counts characters, not UTF-16 code units. */
export function fitsColumn(text: string, maxLength: number): boolean {
  return [...text].length <= maxLength;
}

/** Normalizes a code for storage and look-ups. */
export function storedCode(code: string): string {
  return code.trim().toLowerCase();
}
