import { parsePromotionId, parseRedemptionId } from '../promo/identity.ts';
import type { Promotion } from '../promo/promotion.ts';
import type { Redemption } from '../promo/redemption.ts';
import { builder } from './builder.ts';
import type { RequestContext } from './context.ts';
import { READ_COST } from './costs.ts';

export const Node = builder.interfaceRef<Promotion | Redemption>('Node').implement({
  description: 'Anything with an id.',
  resolveType: ({ kind }) => kind,
  fields: (t) => ({
    id: t.exposeID('id', {
      description: 'Opaque, and for ever the same: it may be kept outside, and other subgraphs may refer to it.',
    }),
  }),
});

builder.queryFields((t) => ({
  node: t.field({
    cost: READ_COST,
    type: Node,
    nullable: true,
    description: 'Anything by its id; null for an id that is not one of ours.',
    args: { id: t.arg.id({ required: true, description: 'The id.' }) },
    resolve: (_, { id }, { load }) => loadNode(load, id),
  }),
  nodes: t.field({
    cost: READ_COST,
    type: [Node],
    nullable: { list: false, items: true },
    description: 'Several by their ids, each in its own slot; null where an id is not one of ours.',
    args: { ids: t.arg.idList({ required: true, description: 'The ids.' }) },
    resolve: (_, { ids }, { load }) => ids.map((id) => loadNode(load, id)),
  }),
}));

async function loadNode(load: RequestContext['load'], id: string): Promise<Promotion | Redemption | null> {
  if (parsePromotionId(id)) return load.promotion.load(id);
  return parseRedemptionId(id) === null ? null : load.redemption.load(id);
}
