import { listCoupons } from '../../gateway/lists/list-promotions.ts';
import { promotionIdAt } from '../../gateway/reading/read-promotion.ts';
import { builder } from '../builder.ts';
import { OPERATOR, PAGE_SIZE, READ_COST } from '../federation/directives.ts';
import { GATEWAY_ID } from '../input-limits/limits.ts';
import { CONDITION_VALUES, policyArgument, SortEnum } from '../promotion/inputs.ts';
import { isCoupon } from '../promotion/type.ts';
import { ProviderEnum } from '../provider/type.ts';
import { compact } from '../shared/input-values.ts';
import { connectionOf, connectionTypes } from '../shared/list-connection.ts';
import { CouponFilterInput } from './inputs.ts';
import { CouponRef } from './type.ts';

builder.queryFields((t) => ({
  coupon: t.field({
    directives: { cost: READ_COST },
    type: CouponRef,
    nullable: true,
    description: 'A coupon by its id. Null: there is none.',
    args: {
      id: t.arg.id({ ...GATEWAY_ID, required: true, description: 'The id.' }),
      policy: t.arg(policyArgument),
    },
    resolve: async (_, { id, policy }, { load }) => {
      const coupon = await load.promotion[policy ?? 'CACHED'].load(id);
      return isCoupon(coupon) ? coupon : null;
    },
  }),
  couponByProviderId: t.field({
    directives: { cost: READ_COST },
    type: CouponRef,
    nullable: true,
    description: "A coupon by the provider's id. Null: the provider has none with this id.",
    args: {
      provider: t.arg({ type: ProviderEnum, required: true, description: 'The provider.' }),
      account: t.arg.id({ description: "The provider account. Default: the provider's first." }),
      providerId: t.arg.id({ required: true, description: "The provider's id." }),
      policy: t.arg(policyArgument),
    },
    resolve: async (_, { policy, ...wanted }, { gateway, load }) => {
      const id = promotionIdAt(gateway, { kind: 'Coupon', ...compact(wanted) });
      const coupon = id === null ? null : await load.promotion[policy ?? 'CACHED'].load(id);
      return isCoupon(coupon) ? coupon : null;
    },
  }),
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
      resolve: (_, { filter, orderBy, ...paging }, { gateway, caching, rows: budget }) => {
        caching.changesAnyTime();
        const { provider: providers, account: accounts, status: statuses, ...rest } = compact(filter, CONDITION_VALUES);
        const conditions = { providers, accounts, statuses, ...rest };
        return connectionOf(listCoupons(gateway, { conditions, sort: orderBy ?? 'CREATED_AT_DESC', budget }), paging);
      },
    },
    ...connectionTypes(CouponRef, 'coupons'),
  ),
}));
