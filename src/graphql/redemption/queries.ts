import { cursorName, type RedemptionFilter, type RedemptionSort } from '../../store/redemptions/redemption-list.ts';
import { toRedemption } from '../../store/redemptions/redemption-rows.ts';
import { builder } from '../builder.ts';
import type { RequestContext } from '../context.ts';
import { OPERATOR, PAGE_SIZE } from '../federation/directives.ts';
import { GATEWAY_ID } from '../input-limits/limits.ts';
import { toGivenInstant } from '../shared/inputs.ts';
import { type PagingArguments, pageOf } from '../shared/paging.ts';
import { Redeemable } from '../shared/promotion-interface.ts';
import { RedemptionFilterInput, RedemptionSortEnum } from './inputs.ts';
import { RedemptionConnection, RedemptionEdge, RedemptionRef } from './type.ts';

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
