import { GraphQLError } from 'graphql';
import type { PromoCode } from '../../domain/promotion/promotion.ts';
import { findPromoCode } from '../../gateway/reading/find-promo-code.ts';
import { readByProviderId, readPromotion } from '../../gateway/reading/read-promotion.ts';
import { builder } from '../builder.ts';
import { CouponRef } from '../coupon/type.ts';
import { ENTITY, OPERATOR, PAGE_SIZE, READ_COST } from '../federation/directives.ts';
import { CODE, GATEWAY_ID } from '../input-limits/limits.ts';
import { ProviderEnum } from '../provider/type.ts';
import { isShown } from '../shared/cache-facts.ts';
import { instantText, toGivenInstant } from '../shared/inputs.ts';
import { refusalMessage } from '../shared/messages.ts';
import { MoneyType } from '../shared/money-type.ts';
import { Node } from '../shared/node.ts';
import { Redeemable, StatusEnum } from '../shared/promotion-interface.ts';
import {
  ACCOUNT_FILTER,
  isCoupon,
  isPromoCode,
  MAY_BE_SHORT,
  policyArgument,
  promotionPage,
  SortEnum,
  toSharedFilter,
} from '../shared/promotion-lists.ts';

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
      description:
        'The coupon that holds the terms. Null where the provider keeps them on the code itself (Duro, Flexprice).',
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

const PromoCodeEdge = builder.edgeObject({
  type: PromoCodeRef,
  name: 'PromoCodeEdge',
  description: 'A row of a list of promo codes.',
});
const PromoCodeConnection = builder.connectionObject(
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

const PromoCodeFilterInput = builder.inputType('PromoCodeFilter', {
  description: 'What a list of promo codes is narrowed to. Conditions add up.',
  fields: (t) => ({
    provider: t.field({ type: [ProviderEnum], description: 'Of one of these providers.' }),
    account: t.idList({ description: ACCOUNT_FILTER }),
    status: t.field({ type: [StatusEnum], description: 'In one of these states.' }),
    code: t.string({ ...CODE, description: 'Exactly this code, as redemption would read it.' }),
    codePrefix: t.string({
      ...CODE,
      description: `Codes that begin so, in upper or lower case. ${MAY_BE_SHORT}`,
    }),
    couponId: t.id({ ...GATEWAY_ID, description: 'Of this coupon.' }),
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
    expiresBefore: t.field({
      type: 'DateTime',
      description: `Ends before this instant. In another order than EXPIRES_AT_ASC: ${MAY_BE_SHORT}`,
      validate: { schema: instantText },
    }),
  }),
});

builder.queryFields((t) => ({
  promoCode: t.field({
    directives: { cost: READ_COST },
    type: PromoCodeRef,
    nullable: true,
    description: 'A promo code by its id; null for an id that is not one.',
    args: {
      id: t.arg.id({ ...GATEWAY_ID, required: true, description: 'The id.' }),
      policy: t.arg(policyArgument),
    },
    resolve: async (_, { id, policy }, { gateway }) => {
      const promoCode = await readPromotion(gateway, id, policy ?? 'CACHED');
      return isPromoCode(promoCode) ? promoCode : null;
    },
  }),
  promoCodeByCode: t.field({
    directives: { cost: READ_COST },
    type: PromoCodeRef,
    nullable: true,
    description:
      'The promo code that a customer means: the one that can be redeemed now, else the newest with this text. Several that can: an error AMBIGUOUS_CODE. At Duro only codes made or once read here are found.',
    args: {
      code: t.arg.string({ ...CODE, required: true, description: 'What the customer typed.' }),
      provider: t.arg({ type: ProviderEnum, description: 'Where to look. Absent: everywhere.' }),
      account: t.arg.id({ description: 'Where to look. Absent: in all accounts.' }),
      policy: t.arg(policyArgument),
    },
    resolve: async (_, { code, provider, account, policy }, { gateway }) => {
      const lookup = { code, provider: provider ?? undefined, account: account ?? undefined, customerId: null };
      const found = await findPromoCode(gateway, lookup, policy ?? 'CACHED');
      if (found.kind === 'FOUND') return found.promoCode;
      if (found.kind === 'AMBIGUOUS') {
        throw new GraphQLError(refusalMessage.AMBIGUOUS_CODE, { extensions: { code: 'AMBIGUOUS_CODE' } });
      }
      if (found.failure) throw found.failure;
      return null;
    },
  }),
  promoCodeByProviderId: t.field({
    directives: { cost: READ_COST },
    type: PromoCodeRef,
    nullable: true,
    description: "A promo code by the provider's own id, which also takes it in; null where the provider has none.",
    args: {
      provider: t.arg({ type: ProviderEnum, required: true, description: 'The provider.' }),
      account: t.arg.id({ description: "The account. Absent: the provider's first." }),
      providerId: t.arg.id({ required: true, description: 'The id at the provider.' }),
      policy: t.arg(policyArgument),
    },
    resolve: async (_, { provider, account, providerId, policy }, { gateway }) => {
      const wanted = { kind: 'PromoCode' as const, provider, account: account ?? undefined, providerId };
      const promoCode = await readByProviderId(gateway, wanted, policy ?? 'CACHED');
      return isPromoCode(promoCode) ? promoCode : null;
    },
  }),
  promoCodes: t.connection(
    {
      directives: { listSize: PAGE_SIZE, tag: OPERATOR },
      type: PromoCodeRef,
      nullable: true,
      description: 'Promo codes, newest first unless told otherwise, from what the gateway holds.',
      args: {
        filter: t.arg({ type: PromoCodeFilterInput, description: 'What to narrow the list to.' }),
        orderBy: t.arg({ type: SortEnum, description: 'The order. Absent: CREATED_AT_DESC.' }),
      },
      resolve: (_, { filter, orderBy, ...paging }, context) =>
        promotionPage(
          context,
          {
            paging,
            sort: orderBy ?? 'CREATED_AT_DESC',
            filter: {
              kind: 'PromoCode',
              ...toSharedFilter(filter),
              code: filter?.code ?? undefined,
              codePrefix: filter?.codePrefix ?? undefined,
              couponId: filter?.couponId ?? undefined,
              expiresBefore: toGivenInstant(filter?.expiresBefore),
            },
          },
          isPromoCode,
        ),
    },
    PromoCodeConnection,
    PromoCodeEdge,
  ),
}));
