import { z } from 'zod';
import type { Collection } from '../../server/documents.ts';
import { ulid } from '../../server/ulid.ts';
import type { CouponDocument } from '../coupon.ts';
import type { Coupons } from '../coupons.ts';
import type { Refuse } from '../errors.ts';
import { GoString, GoTime, goTime } from '../go-json.ts';
import { isRedeemable } from '../redeemable.ts';
import { type AssociationDocument, isActive } from './association.ts';
import type { FindSubscription } from './subscription-finder.ts';

const CouponParameters = z.object({
  action: GoString,
  coupon_code: GoString,
  coupon_association_id: GoString,
  subscription_id: GoString,
  subscription_line_item_id: GoString,
  start_date: GoTime,
  end_date: GoTime,
});
type CouponParameters = z.infer<typeof CouponParameters>;

export const ModificationBody = z.object({ type: GoString, coupon_params: CouponParameters.nullish() });
export type ModificationBody = z.infer<typeof ModificationBody>;

interface Modification {
  coupons: Coupons;
  associations: Collection<AssociationDocument>;
  findSubscription: FindSubscription;
  clock: () => number;
  refuse: Refuse;
}

/** Adds a coupon to a subscription or removes it. Returns no id, because Flexprice's answer does not contain the new association. */
export type ModifySubscription = (subscriptionId: string, body: ModificationBody) => void;

/** @returns a function that throws a Refusal: 404 for an unknown subscription or association, otherwise 400 */
export function subscriptionModifier(modification: Modification): ModifySubscription {
  const { findSubscription, refuse } = modification;
  return (subscriptionId, { type, coupon_params: parameters }) => {
    if (type !== 'coupon' || !parameters) throw refuse('validation_error', undefined, { type });
    const { action, coupon_code, coupon_association_id } = parameters;
    if (action === 'add' && coupon_code !== '') {
      checkTarget(parameters, subscriptionId, refuse);
      addCoupon(modification, findSubscription(subscriptionId), parameters);
    } else if (action === 'remove' && coupon_association_id !== '') {
      removeCoupon(modification, findSubscription(subscriptionId).id, parameters);
    } else {
      throw refuse('validation_error', undefined, { action });
    }
  };
}

function checkTarget(parameters: CouponParameters, subscriptionId: string, refuse: Refuse): void {
  const { subscription_id, subscription_line_item_id } = parameters;
  if (subscription_id !== '' && subscription_line_item_id !== '') {
    throw refuse('validation_error', 'Provide at most one of subscription_id or subscription_line_item_id');
  }
  if (subscription_id !== '' && subscription_id !== subscriptionId) throw refuse('validation_error');
}

function addCoupon(
  { coupons, associations, clock, refuse }: Modification,
  { id: subscription_id, currency }: { id: string; currency: string },
  parameters: CouponParameters,
): void {
  const now = clock();
  const start_date = parameters.start_date ?? now;
  const coupon = coupons.byCode(parameters.coupon_code);
  if (coupon === undefined) {
    throw refuse('validation_error', `No published coupon with code '${parameters.coupon_code}'`);
  }
  const { subscription_line_item_id } = parameters;
  const target = { coupon_id: coupon.id, subscription_id, subscription_line_item_id };
  checkNotActive(associations.all(), { target, at: start_date, refuse });
  checkEligible(coupons.byId(coupon.id), { subscription_id, currency, now, refuse });
  coupons.count(coupon.id, 1);
  const association = { ...target, start_date, end_date: parameters.end_date, created_at: now, updated_at: now };
  const id = `coupon_assoc_${ulid(now)}`;
  associations.put(id, { id, ...association });
}

type Target = Pick<AssociationDocument, 'coupon_id' | 'subscription_id'>;

function checkNotActive(
  associations: AssociationDocument[],
  { target, at, refuse }: { target: Target; at: number; refuse: Refuse },
): void {
  const active = associations.some(
    (other) =>
      other.coupon_id === target.coupon_id &&
      other.subscription_id === target.subscription_id &&
      isActive(other, { start: at, end: at }),
  );
  if (!active) return;
  const message = 'Remove the existing coupon association before adding it again, or use a different start_date';
  const { coupon_id, subscription_id } = target;
  throw refuse('validation_error', message, { coupon_id, subscription_id, checked_at: goTime(at) });
}

function checkEligible(
  coupon: CouponDocument,
  {
    subscription_id,
    currency,
    now,
    refuse,
  }: { subscription_id: string; currency: string; now: number; refuse: Refuse },
): void {
  if (isRedeemable(coupon, { currency, now })) return;
  throw refuse('validation_error', 'Coupon validation failed', { coupon_id: coupon.id, subscription_id });
}

function removeCoupon(
  { associations, clock, refuse }: Modification,
  subscriptionId: string,
  { coupon_association_id, end_date }: CouponParameters,
): void {
  const now = clock();
  const association = associations.get(coupon_association_id);
  if (association === undefined) {
    throw refuse('not_found', 'Provide a valid association_id belonging to this subscription');
  }
  if (association.subscription_id !== subscriptionId) throw refuse('validation_error');
  if (association.end_date !== null && association.end_date <= now) {
    throw refuse('validation_error', 'The coupon association has already ended');
  }
  if (association.start_date > now) throw refuse('validation_error', 'The coupon association has not started yet');
  associations.put(association.id, { ...association, end_date: end_date ?? now, updated_at: now });
}
