import type { Coupon } from '../../domain/promotion/promotion.ts';
import { builder } from '../builder.ts';
import { ENTITY } from '../federation/directives.ts';
import { Node } from '../node/type.ts';
import { Redeemable } from '../promotion/type.ts';
import { ProviderErrorRef } from '../shared/error-types.ts';

export const CouponRef = builder.objectRef<Coupon>('Coupon');
CouponRef.implement({
  description: 'Discount terms that promo codes can share. A coupon can also be redeemed directly.',
  directives: ENTITY,
  interfaces: [Node, Redeemable],
  fields: (t) => ({
    name: t.exposeString('name', { nullable: true, description: "The merchant's name for it." }),
  }),
});

builder.objectField(ProviderErrorRef, 'coupon', (t) =>
  t.expose('coupon', {
    type: CouponRef,
    nullable: true,
    description:
      'createPromoCode: the coupon that was created before the promo code failed. Repeating the call with the same idempotency key continues with it.',
  }),
);
