import { listRedemptions, type RedemptionQuery } from '../../gateway/lists/list-redemptions.ts';
import { builder } from '../builder.ts';
import type { RequestContext } from '../context.ts';
import { OPERATOR_AND_PERSONAL, PAGE_SIZE, PERSONAL } from '../federation/directives.ts';
import { GATEWAY_ID } from '../input-limits/limits.ts';
import { Redeemable } from '../promotion/type.ts';
import { compact, toInstant } from '../shared/input-values.ts';
import { connectionOf, connectionTypes, type PagingArguments } from '../shared/list-connection.ts';
import { RedemptionFilterInput, RedemptionSortEnum } from './inputs.ts';
import { RedemptionRef } from './type.ts';

const RedemptionConnection = connectionTypes(RedemptionRef, 'redemptions', { tag: PERSONAL });

builder.queryFields((t) => ({
  redemption: t.field({
    directives: { tag: PERSONAL },
    type: RedemptionRef,
    nullable: true,
    description: 'A redemption by its id. Null: there is none.',
    args: { id: t.arg.id({ ...GATEWAY_ID, required: true, description: 'The id.' }) },
    resolve: (_, { id }, { load }) => load.redemption.load(id),
  }),
  redemptions: t.connection(
    {
      directives: [{ name: 'listSize', args: PAGE_SIZE }, ...OPERATOR_AND_PERSONAL],
      type: RedemptionRef,
      nullable: true,
      description: 'Redemptions, newest first unless `orderBy` says otherwise.',
      args: {
        filter: t.arg({ type: RedemptionFilterInput, description: 'The conditions of the list.' }),
        orderBy: t.arg({ type: RedemptionSortEnum, description: 'The order. Default: CREATED_AT_DESC.' }),
      },
      resolve: (_, { filter, orderBy, ...paging }, context) => {
        const { status: statuses, ...rest } = compact(filter, {
          createdAfter: toInstant,
          createdBefore: toInstant,
          redeemedAfter: toInstant,
          redeemedBefore: toInstant,
        });
        return redemptionPage(context, { statuses, ...rest }, orderBy ?? 'CREATED_AT_DESC', paging);
      },
    },
    ...RedemptionConnection,
  ),
}));

builder.interfaceField(Redeemable, 'redemptions', (t) =>
  t.connection(
    {
      type: RedemptionRef,
      directives: { listSize: PAGE_SIZE, tag: PERSONAL },
      description: 'Its redemptions, newest first. A coupon includes those of its promo codes.',
      resolve: ({ id: promotionId }, paging, context) =>
        redemptionPage(context, { promotionId }, 'CREATED_AT_DESC', paging),
    },
    ...RedemptionConnection,
  ),
);

function redemptionPage(
  { gateway, caching, rows: budget }: RequestContext,
  conditions: RedemptionQuery['conditions'],
  sort: RedemptionQuery['sort'],
  paging: PagingArguments,
) {
  caching.forbid();
  return connectionOf(listRedemptions(gateway, { conditions, sort, budget }), paging);
}
