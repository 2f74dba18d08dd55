import type { Coupon } from '../../domain/promotion/promotion.ts';
import { readByProviderId, readPromotion } from '../../gateway/reading/read-promotion.ts';
import { builder } from '../builder.ts';
import { ENTITY, OPERATOR, PAGE_SIZE, READ_COST } from '../federation/directives.ts';
import { GATEWAY_ID } from '../input-limits/limits.ts';
import { ProviderEnum } from '../provider/type.ts';
import { isShown } from '../shared/cache-facts.ts';
import { ProviderErrorRef } from '../shared/errors.ts';
import { instantText } from '../shared/inputs.ts';
import { Node } from '../shared/node.ts';
import { Redeemable, StatusEnum } from '../shared/promotion-interface.ts';
import {
  ACCOUNT_FILTER,
  isCoupon,
  MAY_BE_SHORT,
  policyArgument,
  promotionPage,
  SortEnum,
  toSharedFilter,
} from '../shared/promotion-lists.ts';

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

const CouponEdge = builder.edgeObject({
  type: CouponRef,
  name: 'CouponEdge',
  description: 'A row of a list of coupons.',
});
const CouponConnection = builder.connectionObject(
  { type: CouponRef, name: 'CouponConnection', description: 'A page of coupons.' },
  CouponEdge,
);

const CouponFilterInput = builder.inputType('CouponFilter', {
  description: 'What a list of coupons is narrowed to. Conditions add up.',
  fields: (t) => ({
    provider: t.field({ type: [ProviderEnum], description: 'Of one of these providers.' }),
    account: t.idList({ description: ACCOUNT_FILTER }),
    status: t.field({ type: [StatusEnum], description: 'In one of these states.' }),
    nameContains: t.string({
      description: `With this text in its name, in upper or lower case. ${MAY_BE_SHORT}`,
    }),
    createdAfter: t.field({
      type: 'DateTime',
      description: 'Made after this instant.',
      validate: { schema: instantText },
    }),
    createdBefore: t.field({
      type: 'DateTime',
      description: 'Made before this instant.',
      validate: { schema: instantText },
    }),
  }),
});

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
