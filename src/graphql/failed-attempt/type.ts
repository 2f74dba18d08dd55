import type { KeptAttempt } from '../../store/attempts.ts';
import { builder } from '../builder.ts';
import { RefusalReasonEnum } from '../shared/errors.ts';
import { Node } from '../shared/node.ts';

export const FailedAttempt = builder.objectRef<KeptAttempt>('FailedAttempt').implement({
  interfaces: [Node],
  isTypeOf: (value) => isAttempt(value),
  description:
    'A code that was tried and could not be used, by a caller that may not look codes up and was told NOT_REDEEMABLE. Kept for 7 days.',
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime', description: 'When it was tried.' }),
    caller: t.exposeString('caller', { description: 'Whose key or token it was tried with.' }),
    customerId: t.exposeID('customerId', {
      nullable: true,
      description: 'The customer that it was for. Null: a guest.',
    }),
    address: t.exposeString('address', {
      nullable: true,
      description: "The customer's address, an IPv6 one as its network. Null: not known.",
    }),
    code: t.exposeString('code', { description: 'What was typed, its first hundred characters.' }),
    reason: t.expose('reason', { type: RefusalReasonEnum, description: 'Why it could not be used.' }),
  }),
});

export const FailedAttemptEdge = builder.edgeObject({
  type: FailedAttempt,
  name: 'FailedAttemptEdge',
  description: 'A row of a list of failed attempts.',
});
export const FailedAttemptConnection = builder.connectionObject(
  { type: FailedAttempt, name: 'FailedAttemptConnection', description: 'A page of failed attempts, newest first.' },
  FailedAttemptEdge,
);

function isAttempt(value: unknown): value is KeptAttempt {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'FailedAttempt';
}
