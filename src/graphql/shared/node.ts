import { parseAttemptId, parsePromotionId, parseRedemptionId } from '../../domain/promotion/identity.ts';
import type { Promotion } from '../../domain/promotion/promotion.ts';
import type { Redemption } from '../../domain/redemption/redemption.ts';
import type { KeptAttempt } from '../../store/attempts.ts';
import { builder } from '../builder.ts';
import type { RequestContext } from '../context.ts';
import { READ_COST } from '../federation/directives.ts';
import { GATEWAY_ID, MOST_OBJECTS } from '../input-limits/limits.ts';

type Thing = Promotion | Redemption | KeptAttempt;

export const Node = builder.interfaceRef<Thing>('Node').implement({
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
    directives: { cost: READ_COST },
    type: Node,
    nullable: true,
    description: 'Anything by its id; null for an id that is not one of ours.',
    args: { id: t.arg.id({ ...GATEWAY_ID, required: true, description: 'The id.' }) },
    resolve: (_, { id }, context) => loadNode(context, id),
  }),
  nodes: t.field({
    directives: { cost: READ_COST },
    type: [Node],
    nullable: { list: false, items: true },
    description: 'Several by their ids, each in its own slot; null where an id is not one of ours.',
    args: { ids: t.arg.idList({ ...GATEWAY_ID, maxEntries: MOST_OBJECTS, required: true, description: 'The ids.' }) },
    resolve: (_, { ids }, context) => ids.map((id) => loadNode(context, id)),
  }),
}));

async function loadNode(context: RequestContext, id: string): Promise<Thing | null> {
  const { load } = context;
  if (parsePromotionId(id)) return load.promotion.load(id);
  if (parseRedemptionId(id) !== null) return load.redemption.load(id);
  const attempt = parseAttemptId(id);
  return attempt === null ? null : loadAttempt(context, attempt);
}

/** For those who may list them: another scope than the field's own. */
function loadAttempt({ gateway, caller, scopes, caching }: RequestContext, number: number): KeptAttempt | null {
  caching.forbid();
  const attempt = scopes.has('operate') ? gateway.store.attempts.get(number) : null;
  return gateway.accounts.accountScope === null || attempt?.caller === caller ? attempt : null;
}
