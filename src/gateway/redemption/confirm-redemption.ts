import type { RedemptionActor, Taken } from '../../domain/ledger/requests.ts';
import type { Conflict, IdempotencyConflict, NotFound } from '../../domain/redemption/outcomes.ts';
import type { Gateway } from '../core/gateway.ts';
import { keyedCall, type Writer } from '../writes/idempotency.ts';
import { awaitLease } from '../writes/keep-lease.ts';
import { ledgerIdOf, unknownRedemption } from './ledger-id.ts';

/** The caller that confirms or cancels, and its idempotency key. */
export type RedemptionWriter = Writer & RedemptionActor;
export type SettledAnswer = Taken | NotFound | Conflict | IdempotencyConflict;

/**
 * Turns a hold into a redemption, even if its promo code has expired or changed since.
 * @throws {ProviderError} TIMED_OUT when another call holds the key for too long
 */
export async function confirmRedemption(
  gateway: Gateway,
  writer: RedemptionWriter,
  request: { id: string; countedByProvider: boolean },
): Promise<SettledAnswer> {
  const call =
    writer.idempotencyKey === undefined ? null : keyedCall(gateway, writer, 'confirmRedemption', { ...request });
  const ledgerId = await ledgerIdOf(gateway, request.id);
  if (ledgerId === null) return unknownRedemption(gateway, call);
  const { countedByProvider } = request;
  return awaitLease(gateway, () =>
    gateway.store.ledger.confirm(ledgerId, countedByProvider, writer, call, gateway.clock()),
  );
}
