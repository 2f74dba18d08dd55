import { ATTEMPT_SORT } from '../../store/attempts.ts';
import { builder } from '../builder.ts';
import { OPERATOR, PAGE_SIZE } from '../federation/directives.ts';
import { toGivenInstant } from '../shared/inputs.ts';
import { pageOf } from '../shared/paging.ts';
import { FailedAttemptFilter } from './inputs.ts';
import { FailedAttempt, FailedAttemptConnection, FailedAttemptEdge } from './type.ts';

builder.queryField('failedAttempts', (t) =>
  t.connection(
    {
      directives: { listSize: PAGE_SIZE, tag: OPERATOR },
      type: FailedAttempt,
      nullable: true,
      description:
        'Codes that were tried in vain, newest first. A key that is bound to accounts sees its own attempts.',
      args: { filter: t.arg({ type: FailedAttemptFilter, description: 'What to narrow the list to.' }) },
      resolve: (_, { filter, ...paging }, { gateway, caller, caching, rows: budget }) => {
        caching.forbid();
        const { attempts } = gateway.store;
        const narrowed = {
          caller: filter?.caller ?? undefined,
          customerId: filter?.customerId ?? undefined,
          address: filter?.address ?? undefined,
          after: toGivenInstant(filter?.after),
          before: toGivenInstant(filter?.before),
          ownOf: gateway.accounts.accountScope === null ? undefined : caller,
        };
        return pageOf(
          paging,
          {
            sort: ATTEMPT_SORT,
            read: (slice) => attempts.page(narrowed, slice, budget),
            count: () => attempts.count(narrowed, budget),
          },
          (rows) => rows,
        );
      },
    },
    FailedAttemptConnection,
    FailedAttemptEdge,
  ),
);
