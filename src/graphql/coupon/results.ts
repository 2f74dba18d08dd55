import type { CouponChanged } from '../../gateway/promotions/create-coupon.ts';
import { builder } from '../builder.ts';
import { CHANGE_ERRORS, REPLAYED, resultUnion } from '../shared/result-union.ts';
import { CouponRef } from './type.ts';

function payload(name: string, description: string) {
  return builder.objectRef<CouponChanged>(name).implement({
    description,
    fields: (t) => ({
      coupon: t.expose('coupon', { type: CouponRef, description: 'The coupon as it is now.' }),
      replayed: t.exposeBoolean('replayed', { description: REPLAYED }),
    }),
  });
}

export const CreateCouponResult = resultUnion('CreateCouponResult', {
  description: 'The coupon, or why there is none.',
  payload: payload('CreateCouponPayload', 'The new coupon.'),
  errors: ['INVALID_INPUT', 'CONFLICT', 'UNSUPPORTED', 'IDEMPOTENCY_CONFLICT', 'PROVIDER_FAILED'],
});

export const UpdateCouponResult = resultUnion('UpdateCouponResult', {
  description: 'The coupon, or why it was not changed.',
  payload: payload('UpdateCouponPayload', 'The changed coupon.'),
  errors: CHANGE_ERRORS,
});

export const ArchiveCouponResult = resultUnion('ArchiveCouponResult', {
  description: 'The coupon, or why it was not archived.',
  payload: payload('ArchiveCouponPayload', 'The archived coupon.'),
  errors: CHANGE_ERRORS,
});
