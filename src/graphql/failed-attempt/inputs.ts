import { builder } from '../builder.ts';
import { faultAt } from '../shared/input-checks.ts';
import { instant, plain } from '../shared/input-fields.ts';
import { isGiven } from '../shared/input-values.ts';

/** The caller of a token is "token:" and a subject of at most 255 characters. */
export const LONGEST_CALLER = 300;

export const FailedAttemptFilter = builder.inputType('FailedAttemptFilter', {
  description: 'The conditions of a list of failed attempts. All of them must hold.',
  fields: (t) => ({
    caller: t.string({ maxLength: LONGEST_CALLER, description: 'By this caller.' }),
    customerId: t.id({ description: 'For this customer.' }),
    address: t.string({ description: 'From this address, as the list shows it.' }),
    after: t.field(instant('After this instant.')),
    before: t.field(instant('Before this instant.')),
  }),
});

export const ForgetFailedAttemptsInput = builder.inputType('ForgetFailedAttemptsInput', {
  description: 'Whose failed attempts to forget. Set exactly one field.',
  fields: (t) => ({
    customerId: t.id(
      plain(
        'The customer, for all callers. A key that is bound to accounts forgets only its own attempts for the customer.',
      ),
    ),
    address: t.string(
      plain(
        'The IP address, in full or as `failedAttempts` shows it; for IPv6, also its /48 network. Not allowed for a key that is bound to accounts.',
      ),
    ),
    caller: t.string({
      maxLength: LONGEST_CALLER,
      ...plain('The name of the caller. A key that is bound to accounts can name only itself.'),
    }),
  }),
  validate: [
    (input) => Object.values(input).filter(isGiven).length === 1,
    faultAt([], 'CONTRADICTION', 'must name exactly one of customerId, address and caller'),
  ],
});
