import { listCoupons } from '../../gateway/lists/list-promotions.ts';
import { builder } from '../builder.ts';
import { OPERATOR, PAGE_SIZE } from '../federation/directives.ts';
import { CONDITION_VALUES, SortEnum } from '../promotion/inputs.ts';
import { promotionById, promotionByProviderId, promotionPage } from '../promotion/queries.ts';
import { compact } from '../shared/input-values.ts';
import { connectionTypes } from '../shared/list-connection.ts';
import { CouponFilterInput } from './inputs.ts';
import { CouponRef } from './type.ts';

const COUPON = { kind: 'Coupon', type: CouponRef } as const;

builder.queryFields((t) => ({
  coupon: promotionById(t, COUPON, 'A coupon by its id. Null: there is none.'),
  couponByProviderId: promotionByProviderId(
    t,
    COUPON,
    "A coupon by the provider's id. Null: the provider has none with this id.",
  ),
  coupons: t.connection(
    {
      directives: { listSize: PAGE_SIZE, tag: OPERATOR },
      type: CouponRef,
      nullable: true,
      description: 'Coupons as the gateway has stored them, newest first unless `orderBy` says otherwise.',
      args: {
        filter: t.arg({ type: CouponFilterInput, description: 'The conditions of the list.' }),
        orderBy: t.arg({ type: SortEnum, description: 'The order. Default: CREATED_AT_DESC.' }),
      },
      resolve: (_, { filter, orderBy: sort, ...paging }, context) => {
        const { provider: providers, account: accounts, status: statuses, ...rest } = compact(filter, CONDITION_VALUES);
        const conditions = { providers, accounts, statuses, ...rest };
        return promotionPage(context, listCoupons, { conditions, sort }, paging);
      },
    },
    ...connectionTypes(CouponRef, 'coupons'),
  ),
}));
