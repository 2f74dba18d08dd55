import { forgetFailedAttempts, type LockedOut } from '../../gateway/attempts/forget-failed-attempts.ts';
import { ATTEMPT_SORT, type KeptAttempt } from '../../store/attempts.ts';
import { builder } from '../builder.ts';
import { OPERATOR, PAGE_SIZE } from '../federation/directives.ts';
import { RefusalReasonEnum } from '../shared/errors.ts';
import { acceptInput } from '../shared/input-error.ts';
import { instantText, isGiven, plainText, toGivenInstant } from '../shared/inputs.ts';
import { Node } from '../shared/node.ts';
import { pageOf } from '../shared/paging.ts';
import { ForgetFailedAttemptsResult } from '../shared/result-unions.ts';

/** A token's caller is "token:" and a subject of at most 255 characters. */
const LONGEST_CALLER = 300;

const FailedAttempt = builder.objectRef<KeptAttempt>('FailedAttempt').implement({
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

const FailedAttemptEdge = builder.edgeObject({
  type: FailedAttempt,
  name: 'FailedAttemptEdge',
  description: 'A row of a list of failed attempts.',
});
const FailedAttemptConnection = builder.connectionObject(
  { type: FailedAttempt, name: 'FailedAttemptConnection', description: 'A page of failed attempts, newest first.' },
  FailedAttemptEdge,
);

const FailedAttemptFilter = builder.inputType('FailedAttemptFilter', {
  description: 'What a list of failed attempts is narrowed to. Conditions add up.',
  fields: (t) => ({
    caller: t.string({ maxLength: LONGEST_CALLER, description: 'By this caller.' }),
    customerId: t.id({ description: 'For this customer.' }),
    address: t.string({ description: 'From this address, as the list shows it.' }),
    after: t.field({ type: 'DateTime', description: 'After this instant.', validate: { schema: instantText } }),
    before: t.field({ type: 'DateTime', description: 'Before this instant.', validate: { schema: instantText } }),
  }),
});

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

const ForgetFailedAttemptsInput = builder.inputType('ForgetFailedAttemptsInput', {
  description: 'Whose failed attempts no longer count: exactly one of these.',
  fields: (t) => ({
    customerId: t.id({
      description:
        'The customer, whichever caller named it. A key that is bound to accounts forgets only the attempts that it made for the customer.',
      validate: { schema: plainText },
    }),
    address: t.string({
      description:
        'The IP address, as `failedAttempts` shows it or in full; for an IPv6 address, also its /48 network. Not allowed for a key that is bound to accounts.',
      validate: { schema: plainText },
    }),
    caller: t.string({
      maxLength: LONGEST_CALLER,
      description: 'The name of the caller. A key that is bound to accounts can name only itself.',
      validate: { schema: plainText },
    }),
  }),
  validate: [
    (input) => Object.values(input).filter(isGiven).length === 1,
    { message: 'must name exactly one of customerId, address and caller' },
  ],
});

builder.mutationField('forgetFailedAttempts', (t) =>
  t.field({
    directives: { tag: OPERATOR },
    type: ForgetFailedAttemptsResult,
    nullable: true,
    description:
      'Lifts a lockout before its time: the failed attempts of a customer, an address or a caller no longer count. The list of `failedAttempts` stays.',
    args: {
      input: t.arg({ type: ForgetFailedAttemptsInput, required: true, description: 'Whose attempts to forget.' }),
    },
    resolve: async (_, { input }, { gateway, caller }) =>
      acceptInput(await forgetFailedAttempts(gateway, caller, lockedOutBy(input))),
  }),
);

/** The one of the three that is given. */
function lockedOutBy({ customerId, address, caller }: typeof ForgetFailedAttemptsInput.$inferInput): LockedOut {
  if (isGiven(customerId)) return { customerId };
  return isGiven(address) ? { address } : { caller: caller ?? '' };
}

function isAttempt(value: unknown): value is KeptAttempt {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'FailedAttempt';
}
