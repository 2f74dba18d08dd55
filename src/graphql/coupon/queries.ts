import { readByProviderId, readPromotion } from '../../gateway/reading/read-promotion.ts';
import { builder } from '../builder.ts';
import { OPERATOR, PAGE_SIZE, READ_COST } from '../federation/directives.ts';
import { GATEWAY_ID } from '../input-limits/limits.ts';
import { ProviderEnum } from '../provider/type.ts';
import { isCoupon, policyArgument, promotionPage, SortEnum, toSharedFilter } from '../shared/promotion-lists.ts';
import { CouponFilterInput } from './inputs.ts';
import { CouponConnection, CouponEdge, CouponRef } from './type.ts';

builder.queryFields((t) => ({
  coupon: t.field({
    directives: { cost: READ_COST },
    type: CouponRef,
    nullable: true,
    description: 'A coupon by its id; null for an id that is not one.',
    args: {
      id: t.arg.id({ ...GATEWAY_ID, required: true, description: 'The id.' }),
      policy: t.arg(policyArgument),
    },
    resolve: async (_, { id, policy }, { gateway }) => {
      const coupon = await readPromotion(gateway, id, policy ?? 'CACHED');
      return isCoupon(coupon) ? coupon : null;
    },
  }),
  couponByProviderId: t.field({
    directives: { cost: READ_COST },
    type: CouponRef,
    nullable: true,
    description: "A coupon by the provider's own id; null where the provider has none.",
    args: {
      provider: t.arg({ type: ProviderEnum, required: true, description: 'The provider.' }),
      account: t.arg.id({ description: "The account. Absent: the provider's first." }),
      providerId: t.arg.id({ required: true, description: 'The id at the provider.' }),
      policy: t.arg(policyArgument),
    },
    resolve: async (_, { provider, account, providerId, policy }, { gateway }) => {
      const wanted = { kind: 'Coupon' as const, provider, account: account ?? undefined, providerId };
      const coupon = await readByProviderId(gateway, wanted, policy ?? 'CACHED');
      return isCoupon(coupon) ? coupon : null;
    },
  }),
  coupons: t.connection(
    {
      directives: { listSize: PAGE_SIZE, tag: OPERATOR },
      type: CouponRef,
      nullable: true,
      description: 'Coupons, newest first unless told otherwise, from what the gateway holds.',
      args: {
        filter: t.arg({ type: CouponFilterInput, description: 'What to narrow the list to.' }),
        orderBy: t.arg({ type: SortEnum, description: 'The order. Absent: CREATED_AT_DESC.' }),
      },
      resolve: (_, { filter, orderBy, ...paging }, context) =>
        promotionPage(
          context,
          {
            paging,
            sort: orderBy ?? 'CREATED_AT_DESC',
            filter: {
              kind: 'Coupon',
              ...toSharedFilter(filter),
              nameContains: filter?.nameContains ?? undefined,
            },
          },
          isCoupon,
        ),
    },
    CouponConnection,
    CouponEdge,
  ),
}));
