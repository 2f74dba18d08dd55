import type { PromoCode } from '../../domain/promotion/promotion.ts';
import { builder } from '../builder.ts';
import { CouponRef } from '../coupon/type.ts';
import { ENTITY, PAGE_SIZE } from '../federation/directives.ts';
import { isShown } from '../shared/cache-facts.ts';
import { MoneyType } from '../shared/money-type.ts';
import { Node } from '../shared/node.ts';
import { Redeemable } from '../shared/promotion-interface.ts';
import { isCoupon, isPromoCode, promotionPage } from '../shared/promotion-lists.ts';

export const PromoCodeRef = builder.objectRef<PromoCode>('PromoCode');
PromoCodeRef.implement({
  description: 'A code that customers type to get a discount.',
  directives: ENTITY,
  interfaces: [Node, Redeemable],
  isTypeOf: (value, context) => isShown(value, 'PromoCode', context),
  fields: (t) => ({
    code: t.exposeString('code', {
      description: 'What customers type, as the provider shows it. Upper and lower case are the same.',
    }),
    coupon: t.field({
      type: CouponRef,
      nullable: true,
      description: 'The coupon that holds the terms. Null where the provider keeps them on the code itself.',
      resolve: async ({ couponId }, _, { load }) => {
        const coupon = couponId === null ? null : await load.heldPromotion.load(couponId);
        return isCoupon(coupon) ? coupon : null;
      },
    }),
    perCustomerLimit: t.expose('perCustomerLimit', {
      type: 'SafeInt',
      nullable: true,
      description: 'How often each customer may use it. Null: no limit.',
    }),
    customerId: t.id({
      nullable: true,
      description: "The only customer that may use it, by the provider's id. Null: anybody.",
      resolve: ({ customerId }, _, { caching }) => {
        caching.forbid();
        return customerId;
      },
    }),
    planId: t.exposeID('planId', { nullable: true, description: 'The only plan that it is for. Null: any.' }),
    firstTransactionOnly: t.exposeBoolean('firstTransactionOnly', {
      description: "Whether it is for a customer's first purchase only.",
    }),
    minimumOrder: t.expose('minimumOrder', {
      type: MoneyType,
      nullable: true,
      description: 'The smallest order that it takes. Null: any.',
    }),
  }),
});

export const PromoCodeEdge = builder.edgeObject({
  type: PromoCodeRef,
  name: 'PromoCodeEdge',
  description: 'A row of a list of promo codes.',
});
export const PromoCodeConnection = builder.connectionObject(
  { type: PromoCodeRef, name: 'PromoCodeConnection', description: 'A page of promo codes.' },
  PromoCodeEdge,
);

builder.objectField(CouponRef, 'promoCodes', (t) =>
  t.connection(
    {
      type: PromoCodeRef,
      directives: { listSize: PAGE_SIZE },
      description: 'The promo codes that share its terms, newest first, from what the gateway holds.',
      resolve: ({ id }, paging, context) =>
        promotionPage(
          context,
          { paging, sort: 'CREATED_AT_DESC', filter: { kind: 'PromoCode', couponId: id } },
          isPromoCode,
        ),
    },
    PromoCodeConnection,
    PromoCodeEdge,
  ),
);
