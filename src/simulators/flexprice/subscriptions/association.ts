import { z } from 'zod';
import { type CouponDocument, OWNER, shownCoupon, USER } from '../coupon.ts';
import { goTime } from '../go-json.ts';

/** A coupon on a subscription or on one of its line items, with column names. Times are in milliseconds. */
export const AssociationDocument = z.object({
  id: z.string(),
  coupon_id: z.string(),
  subscription_id: z.string(),
  /** Empty for the whole subscription. */
  subscription_line_item_id: z.string(),
  start_date: z.number(),
  end_date: z.number().nullable(),
  created_at: z.number(),
  updated_at: z.number(),
});
export type AssociationDocument = z.infer<typeof AssociationDocument>;

/** The association as Flexprice returns it, with the whole coupon. Empty fields are omitted. */
export function shownAssociation(association: AssociationDocument, coupon: CouponDocument) {
  const { id, coupon_id, subscription_id, subscription_line_item_id, start_date, end_date } = association;
  return {
    id,
    coupon_id,
    subscription_id,
    subscription_line_item_id: subscription_line_item_id || undefined,
    start_date: goTime(start_date),
    end_date: end_date === null ? undefined : goTime(end_date),
    ...OWNER,
    status: 'published',
    created_at: goTime(association.created_at),
    updated_at: goTime(association.updated_at),
    created_by: USER,
    updated_by: USER,
    coupon: shownCoupon(coupon),
  };
}

/**
 * Whether an association is active at some time within a period. Both ends of the period are inclusive. An association that
 * ended at its start is never active.
 */
export function isActive(
  { start_date, end_date }: AssociationDocument,
  period: { start: number; end: number },
): boolean {
  return start_date <= period.end && (end_date === null || (end_date >= period.start && end_date !== start_date));
}
