import type { Gateway } from '../core/gateway.ts';
import type { Redeemer } from '../redemption/redeemer.ts';
import { addressSubjects } from './address-subjects.ts';
import { ATTEMPT_ADDRESS_KINDS, type AttemptKind } from './attempt-limiter.ts';
import { customerSubject } from './customer-subject.ts';
import type { Subject } from './window-limits.ts';

/** Whose failed attempts an attempt of this caller counts with. */
export async function attemptSubjects(
  { store }: Gateway,
  { caller, address }: Redeemer,
  customerId: string | null,
): Promise<Subject<AttemptKind>[]> {
  const isKnown = customerId !== null && (await store.activeUses.knows({ caller, customerId }));
  return [
    { kind: isKnown ? 'known' : 'caller', key: caller },
    ...(customerId === null ? [] : [{ kind: 'customer' as const, key: customerSubject(caller, customerId) }]),
    ...addressSubjects(address, ATTEMPT_ADDRESS_KINDS),
  ];
}
