import { isRefusalReason } from '../../domain/redemption/outcomes.ts';
import { listRefusals } from '../../gateway/lists/list-refusals.ts';
import { builder } from '../builder.ts';
import { OPERATOR_AND_PERSONAL, PAGE_SIZE } from '../federation/directives.ts';
import { MAY_BE_SHORT } from '../shared/input-fields.ts';
import { compact, toInstant } from '../shared/input-values.ts';
import { connectionOf, connectionTypes } from '../shared/list-connection.ts';
import { RefusalFilter } from './inputs.ts';
import { RefusalRef } from './type.ts';

builder.queryField('refusals', (t) =>
  t.connection(
    {
      directives: [{ name: 'listSize', args: PAGE_SIZE }, ...OPERATOR_AND_PERSONAL],
      type: RefusalRef,
      nullable: true,
      description: `What was refused to all callers, and why, newest first. A key that is bound to accounts sees only its own refusals. With several conditions: ${MAY_BE_SHORT}`,
      args: { filter: t.arg({ type: RefusalFilter, description: 'The conditions of the list.' }) },
      resolve: (_, { filter, ...paging }, { gateway, caller, caching, rows: budget }) => {
        caching.forbid();
        const { reason, ...others } = compact(filter, { after: toInstant, before: toInstant });
        const conditions = { ...others, ...(reason !== undefined && isRefusalReason(reason) && { reason }) };
        return connectionOf(listRefusals(gateway, { conditions, caller, budget }), paging);
      },
    },
    ...connectionTypes(RefusalRef, 'refusals', OPERATOR_AND_PERSONAL),
  ),
);
