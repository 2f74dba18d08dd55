import { listFailedAttempts } from '../../gateway/lists/list-failed-attempts.ts';
import { builder } from '../builder.ts';
import { OPERATOR_AND_PERSONAL, PAGE_SIZE } from '../federation/directives.ts';
import { compact, toInstant } from '../shared/input-values.ts';
import { connectionOf, connectionTypes } from '../shared/list-connection.ts';
import { FailedAttemptFilter } from './inputs.ts';
import { FailedAttemptRef } from './type.ts';

builder.queryField('failedAttempts', (t) =>
  t.connection(
    {
      directives: [{ name: 'listSize', args: PAGE_SIZE }, ...OPERATOR_AND_PERSONAL],
      type: FailedAttemptRef,
      nullable: true,
      description:
        'Failed attempts to use codes, newest first. A key that is bound to accounts sees only its own attempts.',
      args: { filter: t.arg({ type: FailedAttemptFilter, description: 'The conditions of the list.' }) },
      resolve: (_, { filter, ...paging }, { gateway, caller, caching, rows: budget }) => {
        caching.forbid();
        const conditions = compact(filter, { after: toInstant, before: toInstant });
        return connectionOf(listFailedAttempts(gateway, { conditions, caller, budget }), paging);
      },
    },
    ...connectionTypes(FailedAttemptRef, 'failed attempts', OPERATOR_AND_PERSONAL),
  ),
);
