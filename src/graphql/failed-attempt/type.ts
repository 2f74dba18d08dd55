import type { FailedAttempt } from '../../gateway/lists/list-failed-attempts.ts';
import { builder } from '../builder.ts';
import { OPERATOR_AND_PERSONAL } from '../federation/directives.ts';
import { Node } from '../node/type.ts';
import { RefusalReasonEnum } from '../shared/error-types.ts';

export const FailedAttemptRef = builder.objectRef<FailedAttempt>('FailedAttempt').implement({
  directives: OPERATOR_AND_PERSONAL,
  interfaces: [Node],
  description:
    'A failed attempt to use a code, by a caller that may not look codes up and got NOT_REDEEMABLE. Kept for 7 days.',
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime', description: 'When it was made.' }),
    caller: t.exposeString('caller', { description: 'The caller: whose key or token was used.' }),
    customerId: t.exposeID('customerId', { nullable: true, description: 'The customer. Null: a guest.' }),
    address: t.exposeString('address', {
      nullable: true,
      description: "The customer's IP address; for IPv6, its network. Null: unknown.",
    }),
    code: t.exposeString('code', {
      description: 'What was typed, or the id that was looked up: at most the first 100 characters.',
    }),
    reason: t.expose('reason', { type: RefusalReasonEnum, description: 'Why the code could not be used.' }),
  }),
});
