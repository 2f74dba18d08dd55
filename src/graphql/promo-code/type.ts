import type { PromoCode } from '../../domain/promotion/promotion.ts';
import { listPromoCodes } from '../../gateway/lists/list-promotions.ts';
import { builder } from '../builder.ts';
import { CouponRef } from '../coupon/type.ts';
import { CANDIDATES_SIZE, ENTITY, PAGE_SIZE, PERSONAL, SHAREABLE } from '../federation/directives.ts';
import { Node } from '../node/type.ts';
import { promotionPage } from '../promotion/queries.ts';
import { isCoupon, Redeemable } from '../promotion/type.ts';
import { RefusalType } from '../shared/error-types.ts';
import { connectionTypes } from '../shared/list-connection.ts';
import { MoneyType } from '../shared/money-type.ts';

export const PromoCodeRef = builder.objectRef<PromoCode>('PromoCode');
PromoCodeRef.implement({
  description: 'A code that customers type to get a discount.',
  directives: ENTITY,
  interfaces: [Node, Redeemable],
  fields: (t) => ({
    code: t.exposeString('code', {
      directives: SHAREABLE,
      description: 'What customers type, as the provider shows it. Letter case does not matter.',
    }),
    coupon: t.field({
      type: CouponRef,
      nullable: true,
      description: 'The coupon with its terms. Null: the promo code has terms of its own.',
      resolve: async ({ couponId }, _, { load }) => {
        const coupon = couponId === null ? null : await load.promotion('STORED').load(couponId);
        return isCoupon(coupon) ? coupon : null;
      },
    }),
    perCustomerLimit: t.expose('perCustomerLimit', {
      type: 'SafeInt',
      nullable: true,
      description: 'How often each customer may redeem it. Null: no limit.',
    }),
    customerId: t.id({
      directives: { tag: PERSONAL },
      nullable: true,
      description: "The provider's id of the only customer that may redeem it. Null: any customer.",
      resolve: ({ customerId }, _, { caching }) => {
        caching.forbid();
        return customerId;
      },
    }),
    planId: t.exposeID('planId', { nullable: true, description: 'The only plan that it applies to. Null: any plan.' }),
    firstTransactionOnly: t.exposeBoolean('firstTransactionOnly', {
      description: "Whether it is only for a customer's first purchase.",
    }),
    minimumOrder: t.expose('minimumOrder', {
      type: MoneyType,
      nullable: true,
      description: 'The smallest order amount. Null: none.',
    }),
    minimumOrderOptions: t.field({
      type: [MoneyType],
      description: 'The smallest amount of orders in these other currencies.',
      resolve: ({ minimumOrderOptions }) => minimumOrderOptions ?? [],
    }),
  }),
});

builder.objectField(RefusalType, 'candidates', (t) =>
  t.field({
    type: [PromoCodeRef],
    directives: { listSize: CANDIDATES_SIZE },
    description:
      'AMBIGUOUS_CODE: the promo codes that the text can stand for, at most 10. Repeat the call with the `provider` and the `account` of one of them. Empty for other reasons, and for callers without the scope `read`.',
    resolve: ({ candidates = [] }) => [...candidates],
  }),
);

export const PromoCodeConnection = connectionTypes(PromoCodeRef, 'promo codes');

builder.objectField(CouponRef, 'promoCodes', (t) =>
  t.connection(
    {
      type: PromoCodeRef,
      directives: { listSize: PAGE_SIZE },
      description: 'The promo codes with its terms as the gateway has stored them, newest first.',
      resolve: ({ id: couponId }, paging, context) =>
        promotionPage(context, listPromoCodes, { conditions: { couponId }, sort: 'CREATED_AT_DESC' }, paging),
    },
    ...PromoCodeConnection,
  ),
);
