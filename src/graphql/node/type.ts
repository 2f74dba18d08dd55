import type { Promotion } from '../../domain/promotion/promotion.ts';
import type { Redemption } from '../../domain/redemption/redemption.ts';
import type { FailedAttempt } from '../../gateway/lists/list-failed-attempts.ts';
import type { StoredRefusal } from '../../gateway/lists/list-refusals.ts';
import { builder } from '../builder.ts';

export type NodeObject = Promotion | Redemption | FailedAttempt | StoredRefusal;

export const Node = builder.interfaceRef<NodeObject>('Node').implement({
  description: 'An object with an id.',
  resolveType: ({ kind }) => kind,
  fields: (t) => ({
    id: t.exposeID('id', {
      description: 'Opaque and stable: safe to store and to reference from other subgraphs.',
    }),
  }),
});
