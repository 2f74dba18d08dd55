import { forgetFailedAttempts, type LockedOut } from '../../gateway/attempts/forget-failed-attempts.ts';
import { builder } from '../builder.ts';
import { OPERATOR } from '../federation/directives.ts';
import { acceptInput } from '../shared/input-error.ts';
import { isGiven } from '../shared/input-values.ts';
import { ForgetFailedAttemptsInput } from './inputs.ts';
import { ForgetFailedAttemptsResult } from './results.ts';

builder.mutationField('forgetFailedAttempts', (t) =>
  t.field({
    directives: { tag: OPERATOR },
    type: ForgetFailedAttemptsResult,
    nullable: true,
    description:
      'Ends a lockout early: the failed attempts of a customer, an address or a caller no longer count. `failedAttempts` still lists them.',
    args: {
      input: t.arg({ type: ForgetFailedAttemptsInput, required: true, description: 'Whose attempts to forget.' }),
    },
    resolve: async (_, { input }, { gateway, caller }) =>
      acceptInput(await forgetFailedAttempts(gateway, caller, lockedOutBy(input))),
  }),
);

/** The field that is set. */
function lockedOutBy({ customerId, address, caller }: typeof ForgetFailedAttemptsInput.$inferInput): LockedOut {
  if (isGiven(customerId)) return { customerId };
  return isGiven(address) ? { address } : { caller: caller ?? '' };
}
