import type { Redemption } from '../../domain/redemption/redemption.ts';
import { expireHolds } from '../../gateway/redemption/expire-holds.ts';
import { cursorName, type RedemptionFilter, type RedemptionSort } from '../../store/redemptions/redemption-list.ts';
import { toRedemption } from '../../store/redemptions/redemption-rows.ts';
import { builder } from '../builder.ts';
import type { RequestContext } from '../context.ts';
import { ENTITY, OPERATOR, PAGE_SIZE } from '../federation/directives.ts';
import { GATEWAY_ID } from '../input-limits/limits.ts';
import { isShown } from '../shared/cache-facts.ts';
import { instantText, toGivenInstant } from '../shared/inputs.ts';
import { MoneyType } from '../shared/money-type.ts';
import { Node } from '../shared/node.ts';
import { type PagingArguments, pageOf } from '../shared/paging.ts';
import { Redeemable } from '../shared/promotion-interface.ts';
import { MAY_BE_SHORT } from '../shared/promotion-lists.ts';

const RedemptionStatusEnum = builder.enumType('RedemptionStatus', {
  description: 'What has become of a use.',
  values: {
    HELD: { description: 'Set aside until `heldUntil`.' },
    REDEEMED: { description: 'Redeemed.' },
    CANCELLED: { description: 'Given back. A use that the provider has counted stays counted.' },
    EXPIRED: { description: 'Held until it ran out; the use is free again.' },
  } as const,
});

export const RedemptionRef = builder.objectRef<Redemption>('Redemption');
RedemptionRef.implement({
  description: 'One use of a promo code or coupon, in the ledger of the gateway.',
  directives: ENTITY,
  interfaces: [Node],
  isTypeOf: (value, context) => isShown(value, 'Redemption', context),
  fields: (t) => ({
    status: t.expose('status', { type: RedemptionStatusEnum, description: 'What has become of it.' }),
    promotion: t.field({
      type: Redeemable,
      description: 'The promo code or coupon that is used.',
      resolve: async ({ promotionId }, _, { load }) => {
        const promotion = await load.heldPromotion.load(promotionId);
        if (!promotion) throw new Error(`The promotion ${promotionId} of a redemption is not in the store`);
        return promotion;
      },
    }),
    customerId: t.exposeID('customerId', {
      nullable: true,
      description: "The customer, by the provider's id. Null: a guest, until a customer is named for the order.",
    }),
    orderId: t.exposeID('orderId', { nullable: true, description: 'The order, by the id that the shop gave it.' }),
    orderAmount: t.expose('orderAmount', {
      type: MoneyType,
      nullable: true,
      description: 'What the order came to before the discount.',
    }),
    discountAmount: t.expose('discountAmount', {
      type: MoneyType,
      nullable: true,
      description: 'What is taken off. Null where no order amount was given and the discount is a percentage.',
    }),
    subscriptionId: t.exposeID('subscriptionId', {
      nullable: true,
      description: "The provider's subscription that it was applied to.",
    }),
    countedByProvider: t.exposeBoolean('countedByProvider', {
      description: "Whether the provider's own count holds this use.",
    }),
    cancelReason: t.exposeString('cancelReason', { nullable: true, description: 'Why it was given back.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was first held or redeemed.' }),
    heldUntil: t.expose('heldUntil', {
      type: 'DateTime',
      nullable: true,
      description: 'When the hold runs out, or ran out. Null once redeemed.',
    }),
    redeemedAt: t.expose('redeemedAt', { type: 'DateTime', nullable: true, description: 'When it was redeemed.' }),
    cancelledAt: t.expose('cancelledAt', { type: 'DateTime', nullable: true, description: 'When it was given back.' }),
  }),
});

const RedemptionEdge = builder.edgeObject({
  type: RedemptionRef,
  name: 'RedemptionEdge',
  description: 'A row of a list of redemptions.',
});
const RedemptionConnection = builder.connectionObject(
  { type: RedemptionRef, name: 'RedemptionConnection', description: 'A page of redemptions.' },
  RedemptionEdge,
);

const RedemptionFilterInput = builder.inputType('RedemptionFilter', {
  description: 'What a list of redemptions is narrowed to. Conditions add up.',
  fields: (t) => ({
    promotionId: t.id({ ...GATEWAY_ID, description: 'Of this promo code, or of this coupon and its codes.' }),
    status: t.field({ type: [RedemptionStatusEnum], description: 'In one of these states.' }),
    customerId: t.id({ description: 'Of this customer.' }),
    orderId: t.id({ description: 'Of this order.' }),
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
    redeemedAfter: t.field({
      type: 'DateTime',
      description: `Redeemed after this instant, cancelled since or not. In another order than REDEEMED_AT_DESC: ${MAY_BE_SHORT}`,
      validate: { schema: instantText },
    }),
    redeemedBefore: t.field({
      type: 'DateTime',
      description: `Redeemed before this instant, cancelled since or not. In another order than REDEEMED_AT_DESC: ${MAY_BE_SHORT}`,
      validate: { schema: instantText },
    }),
  }),
});

const RedemptionSortEnum = builder.enumType('RedemptionSort', {
  description: 'The order of a list of redemptions.',
  values: {
    CREATED_AT_DESC: { description: 'Newest first.' },
    REDEEMED_AT_DESC: {
      description: 'Last redeemed first, cancelled since or not; what was never redeemed comes last.',
    },
  } as const,
});

builder.queryFields((t) => ({
  redemption: t.field({
    type: RedemptionRef,
    nullable: true,
    description: 'A redemption by its id; null for an id that is not one.',
    args: { id: t.arg.id({ ...GATEWAY_ID, required: true, description: 'The id.' }) },
    resolve: (_, { id }, { load }) => load.redemption.load(id),
  }),
  redemptions: t.connection(
    {
      directives: { listSize: PAGE_SIZE, tag: OPERATOR },
      type: RedemptionRef,
      nullable: true,
      description: 'Redemptions, newest first unless `orderBy` says otherwise.',
      args: {
        filter: t.arg({ type: RedemptionFilterInput, description: 'What to narrow the list to.' }),
        orderBy: t.arg({ type: RedemptionSortEnum, description: 'The order. Absent: CREATED_AT_DESC.' }),
      },
      resolve: (_, { filter, orderBy, ...paging }, context) =>
        redemptionPage(
          context,
          { paging, sort: orderBy ?? 'CREATED_AT_DESC' },
          {
            promotionId: filter?.promotionId ?? undefined,
            statuses: filter?.status ?? undefined,
            customerId: filter?.customerId ?? undefined,
            orderId: filter?.orderId ?? undefined,
            createdAfter: toGivenInstant(filter?.createdAfter),
            createdBefore: toGivenInstant(filter?.createdBefore),
            redeemedAfter: toGivenInstant(filter?.redeemedAfter),
            redeemedBefore: toGivenInstant(filter?.redeemedBefore),
          },
        ),
    },
    RedemptionConnection,
    RedemptionEdge,
  ),
}));

builder.interfaceField(Redeemable, 'redemptions', (t) =>
  t.connection(
    {
      type: RedemptionRef,
      directives: { listSize: PAGE_SIZE },
      description: "Its redemptions, newest first; a coupon's include its codes'.",
      resolve: ({ id }, paging, context) =>
        redemptionPage(context, { paging, sort: 'CREATED_AT_DESC' }, { promotionId: id }),
    },
    RedemptionConnection,
    RedemptionEdge,
  ),
);

function redemptionPage(
  { gateway, caching, rows: budget }: RequestContext,
  { paging, sort }: { paging: PagingArguments; sort: RedemptionSort },
  filter: RedemptionFilter,
) {
  caching.forbid();
  expireHolds(gateway);
  const { redemptionList } = gateway.store;
  const reached = { ...filter, accountScope: gateway.accounts.accountScope };
  return pageOf(
    paging,
    {
      sort: cursorName(sort),
      read: (slice) => redemptionList.page(reached, slice, sort, budget),
      count: () => redemptionList.count(reached, budget),
    },
    (rows) => rows.map(toRedemption),
  );
}
