import {
  parseAttemptId,
  parsePromotionId,
  parseRedemptionId,
  parseRefusalId,
} from '../../domain/promotion/identity.ts';
import { readFailedAttempt } from '../../gateway/lists/list-failed-attempts.ts';
import { readRefusal } from '../../gateway/lists/list-refusals.ts';
import { builder } from '../builder.ts';
import type { RequestContext } from '../context.ts';
import { READ_COST } from '../federation/directives.ts';
import { GATEWAY_ID, MAX_OBJECTS } from '../input-limits/limits.ts';
import { Node, type NodeObject } from './type.ts';

builder.queryFields((t) => ({
  node: t.field({
    directives: { cost: READ_COST },
    type: Node,
    nullable: true,
    description: 'An object by its id. Null: there is none.',
    args: { id: t.arg.id({ ...GATEWAY_ID, required: true, description: 'The id.' }) },
    resolve: (_, { id }, context) => loadNode(context, id),
  }),
  nodes: t.field({
    directives: { cost: READ_COST },
    type: [Node],
    nullable: { list: false, items: true },
    description: 'Several objects by their ids, in the order of the ids. Null: there is none with this id.',
    args: { ids: t.arg.idList({ ...GATEWAY_ID, maxEntries: MAX_OBJECTS, required: true, description: 'The ids.' }) },
    resolve: (_, { ids }, context) => ids.map((id) => loadNode(context, id)),
  }),
}));

async function loadNode(context: RequestContext, id: string): Promise<NodeObject | null> {
  const { load } = context;
  if (parsePromotionId(id)) return load.promotion('CACHED').load(id);
  if (parseRedemptionId(id) !== null) return load.redemption.load(id);
  return loadForOperator(context, id);
}

/** Null without the scope `operate`: the lists of failed attempts and of refusals need it, but `node` does not. */
async function loadForOperator(
  { gateway, caller, scopes, caching }: RequestContext,
  id: string,
): Promise<NodeObject | null> {
  const [attempt, refusal] = [parseAttemptId(id), parseRefusalId(id)];
  if (attempt === null && refusal === null) return null;
  caching.forbid();
  if (!scopes.has('operate')) return null;
  if (attempt !== null) return readFailedAttempt(gateway, caller, attempt);
  return refusal === null ? null : readRefusal(gateway, caller, refusal);
}
