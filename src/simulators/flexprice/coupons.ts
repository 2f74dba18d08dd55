import { z } from 'zod';
import type { Collection } from '../server/documents.ts';
import { type CouponDocument, fitsColumn, storedCode } from './coupon.ts';
import { decimalText } from './decimal.ts';
import type { Refuse } from './errors.ts';
import { GoTextMap } from './go-json.ts';
import { type CreateCouponBody, checkCreation, newCoupon } from './new-coupon.ts';
import type { FlexpriceSwitches } from './switches.ts';

export const UpdateCouponBody = z.object({ name: z.string().nullish(), metadata: GoTextMap });
export type UpdateCouponBody = z.infer<typeof UpdateCouponBody>;

/** The coupons of one environment. */
export interface Coupons {
  /** @throws {Refusal} 400; 409 for a code in use; 500 if the database would refuse the row */
  create(body: CreateCouponBody): CouponDocument;
  /** Includes archived coupons. The count may be stale. @throws {Refusal} 404 */
  byId(id: string): CouponDocument;
  /** Published coupons only. Never stale. */
  byCode(code: string): CouponDocument | undefined;
  /** The stored row of a coupon, never stale. @throws {Refusal} 404 */
  row(id: string): CouponDocument;
  all(): CouponDocument[];
  /** @throws {Refusal} 404; 500 for an empty or too long name */
  update(id: string, change: UpdateCouponBody): CouponDocument;
  /** Does nothing for an unknown id. */
  archive(id: string): void;
  /** Counts uses. @throws {Refusal} 400 above the maximum */
  count(id: string, uses: number): void;
}

interface Rules {
  switches: FlexpriceSwitches;
  clock: () => number;
  refuse: Refuse;
}

export function createCoupons(stored: Collection<CouponDocument>, { switches, clock, refuse }: Rules): Coupons {
  const cachedTotals = new Map<string, number>();

  function row(id: string): CouponDocument {
    const coupon = stored.get(id);
    if (coupon === undefined) throw refuse('not_found', `Coupon with ID ${id} was not found`, { coupon_id: id });
    return coupon;
  }

  function byId(id: string): CouponDocument {
    const coupon = row(id);
    if (switches.totalRedemptions === 'fresh') return coupon;
    const total = cachedTotals.get(id) ?? coupon.total_redemptions;
    cachedTotals.set(id, total);
    return { ...coupon, total_redemptions: total };
  }

  function byCode(code: string): CouponDocument | undefined {
    const wanted = storedCode(code);
    return stored.all().find(({ coupon_code, status }) => coupon_code === wanted && status === 'published');
  }

  function change(coupon: CouponDocument): void {
    stored.put(coupon.id, { ...coupon, updated_at: clock() });
  }

  return {
    row,
    byId,
    byCode,
    all: () => stored.all(),
    create(sent) {
      const body = switches.couponCodes === 'supported' ? sent : { ...sent, coupon_code: '' };
      checkCreation(body, refuse);
      const { name, coupon_code } = body;
      if (storedCode(coupon_code) !== '' && byCode(coupon_code) !== undefined) {
        const message = 'A published coupon with this code already exists in this environment';
        throw refuse('already_exists', message, { name, coupon_code });
      }
      const coupon = newCoupon(body, clock());
      if (coupon === undefined) throw refuse('database_error', 'Failed to create coupon');
      stored.put(coupon.id, coupon);
      return asSent(coupon, body);
    },
    update(id, { name, metadata }) {
      const before = byId(id);
      if (name === '' || !fitsColumn(name ?? '', 255)) throw refuse('database_error', 'Failed to update coupon');
      const changed = { name: name ?? before.name, metadata: metadata ?? before.metadata };
      cachedTotals.delete(id);
      change({ ...row(id), ...changed });
      // Flexprice returns the row as it was read before the update, so `updated_at` is the old one.
      return { ...before, ...changed };
    },
    archive(id) {
      const coupon = stored.get(id);
      if (coupon === undefined) return;
      cachedTotals.delete(id);
      change({ ...coupon, status: 'archived' });
    },
    count(id, uses) {
      const coupon = row(id);
      const total = coupon.total_redemptions + uses;
      if (total > (coupon.max_redemptions ?? total)) {
        throw refuse('validation_error', 'This coupon cannot be redeemed again', { coupon_id: id });
      }
      change({ ...coupon, total_redemptions: total });
    },
  };
}

/** The answer to a creation contains the decimals before the database rounds them. */
function asSent(coupon: CouponDocument, { amount_off, percentage_off }: CreateCouponBody): CouponDocument {
  return {
    ...coupon,
    amount_off: decimalText(amount_off ?? '0'),
    percentage_off: decimalText(percentage_off ?? '0'),
  };
}
