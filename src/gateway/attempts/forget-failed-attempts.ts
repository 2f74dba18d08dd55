import { countedAddress } from '../../auth/networks.ts';
import { type InvalidInput, invalidInput } from '../../domain/redemption/outcomes.ts';
import type { Gateway } from '../core/gateway.ts';
import { addressSubjects } from './address-subjects.ts';
import { ATTEMPT_ADDRESS_KINDS, type AttemptKind } from './attempt-limiter.ts';
import { customerSubject } from './customer-subject.ts';
import type { Subject } from './window-limits.ts';

/** The customer, address or caller whose failed attempts are forgotten. */
export type LockedOut = { customerId: string } | { address: string } | { caller: string };

export interface Forgotten {
  kind: 'FORGOTTEN';
  /** How many failed attempts no longer count. */
  count: number;
}

/**
 * Lifts a lockout in all processes: resets the counts. The list of failed attempts stays.
 * @param operator the caller that lifts it; if it is bound to accounts, only its own attempts are forgotten
 */
export async function forgetFailedAttempts(
  gateway: Gateway,
  operator: string,
  lockedOut: LockedOut,
): Promise<Forgotten | InvalidInput> {
  const isBound = gateway.accounts.accountScope !== null;
  const subjects = await subjectsOf(gateway, lockedOut, isBound ? operator : null);
  if ('kind' in subjects) return subjects;
  return { kind: 'FORGOTTEN', count: await gateway.attemptLimiter.forget(subjects) };
}

/** @param ownOf the only caller whose attempts may be forgotten; null: any */
async function subjectsOf(
  { store }: Gateway,
  lockedOut: LockedOut,
  ownOf: string | null,
): Promise<Subject<AttemptKind>[] | InvalidInput> {
  if ('customerId' in lockedOut) {
    const { customerId } = lockedOut;
    const callers = ownOf === null ? await store.attempts.callersFor(customerId) : [ownOf];
    return callers.map((caller) => ({ kind: 'customer', key: customerSubject(caller, customerId) }));
  }
  if ('caller' in lockedOut) {
    const { caller } = lockedOut;
    if (caller !== (ownOf ?? caller))
      return invalidInput(['caller'], 'NOT_ALLOWED', `must be ${ownOf}: the key is bound to accounts`);
    return [
      { kind: 'caller', key: caller },
      { kind: 'known', key: caller },
    ];
  }
  if (ownOf !== null)
    return invalidInput(['address'], 'NOT_ALLOWED', 'is counted for all callers, and the key is bound to accounts');
  const address = countedAddress(lockedOut.address);
  if (address === null)
    return invalidInput(['address'], 'MALFORMED', 'must be an IP address, or as failedAttempts shows it');
  return addressSubjects(address, ATTEMPT_ADDRESS_KINDS);
}
