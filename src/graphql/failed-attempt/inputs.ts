import { builder } from '../builder.ts';
import { instantText, isGiven, plainText } from '../shared/inputs.ts';

/** A token's caller is "token:" and a subject of at most 255 characters. */
const LONGEST_CALLER = 300;

export const FailedAttemptFilter = builder.inputType('FailedAttemptFilter', {
  description: 'What a list of failed attempts is narrowed to. Conditions add up.',
  fields: (t) => ({
    caller: t.string({ maxLength: LONGEST_CALLER, description: 'By this caller.' }),
    customerId: t.id({ description: 'For this customer.' }),
    address: t.string({ description: 'From this address, as the list shows it.' }),
    after: t.field({ type: 'DateTime', description: 'After this instant.', validate: { schema: instantText } }),
    before: t.field({ type: 'DateTime', description: 'Before this instant.', validate: { schema: instantText } }),
  }),
});

export const ForgetFailedAttemptsInput = builder.inputType('ForgetFailedAttemptsInput', {
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
