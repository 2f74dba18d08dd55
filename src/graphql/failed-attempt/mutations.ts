import { forgetFailedAttempts, type LockedOut } from '../../gateway/attempts/forget-failed-attempts.ts';
import { builder } from '../builder.ts';
import { OPERATOR } from '../federation/directives.ts';
import { acceptInput } from '../shared/input-error.ts';
import { isGiven } from '../shared/inputs.ts';
import { ForgetFailedAttemptsInput } from './inputs.ts';
import { ForgetFailedAttemptsResult } from './results.ts';

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
