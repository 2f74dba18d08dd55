import type { Coupon } from '../../domain/promotion/promotion.ts';
import { builder } from '../builder.ts';
import { ENTITY } from '../federation/directives.ts';
import { isShown } from '../shared/cache-facts.ts';
import { ProviderErrorRef } from '../shared/errors.ts';
import { Node } from '../shared/node.ts';
import { Redeemable } from '../shared/promotion-interface.ts';

export const CouponRef = builder.objectRef<Coupon>('Coupon');
CouponRef.implement({
  description: 'Discount terms that promo codes can share. It can be redeemed itself, too.',
  directives: ENTITY,
  interfaces: [Node, Redeemable],
  isTypeOf: (value, context) => isShown(value, 'Coupon', context),
  fields: (t) => ({
    name: t.exposeString('name', { nullable: true, description: 'What its owner calls it.' }),
  }),
});

builder.objectField(ProviderErrorRef, 'coupon', (t) =>
  t.expose('coupon', {
    type: CouponRef,
    nullable: true,
    description:
      'createPromoCode: the coupon that was made before the code failed. The same call with the same key goes on from it.',
  }),
);

export const CouponEdge = builder.edgeObject({
  type: CouponRef,
  name: 'CouponEdge',
  description: 'A row of a list of coupons.',
});
export const CouponConnection = builder.connectionObject(
  { type: CouponRef, name: 'CouponConnection', description: 'A page of coupons.' },
  CouponEdge,
);
