import type { FinalAmount, RedemptionActor, Taken } from '../../domain/ledger/requests.ts';
import type { Conflict, IdempotencyConflict, NotFound, Refusal } from '../../domain/redemption/outcomes.ts';
import type { Gateway } from '../core/gateway.ts';
import { type RefusedCaller, recordRefusal } from '../refusals/record-refusal.ts';
import { keyedCall, type Writer } from '../writes/idempotency.ts';
import { awaitLease } from '../writes/keep-lease.ts';
import { findRedemption, unknownRedemption } from './ledger-id.ts';

/** The caller that confirms or cancels, and its idempotency key. */
export type RedemptionWriter = Writer & RedemptionActor;
export type SettledAnswer = Taken | NotFound | Conflict | IdempotencyConflict;

export interface ConfirmRequest {
  id: string;
  countedByProvider: boolean;
  /** Absent: the hold's own amount and discount stand. */
  finalAmount?: FinalAmount;
}

/**
 * Turns a hold into a redemption, even if its promo code has expired or changed since. A final amount is judged, and the
 * discount follows from it; if it is refused, the hold stays open.
 * @throws {ProviderError} TIMED_OUT when another call holds the key for too long
 */
export async function confirmRedemption(
  gateway: Gateway,
  writer: RedemptionWriter & RefusedCaller,
  request: ConfirmRequest,
): Promise<SettledAnswer | Refusal> {
  const { id, countedByProvider, finalAmount = null } = request;
  const call =
    writer.idempotencyKey === undefined ? null : keyedCall(gateway, writer, 'confirmRedemption', { ...request });
  const named = await findRedemption(gateway, id);
  if (named === null) return unknownRedemption(gateway, call);
  const confirmation = { ledgerId: named.ledgerId, countedByProvider, finalAmount };
  const answer = await awaitLease(gateway, () =>
    gateway.store.ledger.confirm(confirmation, writer, call, gateway.clock()),
  );
  if (answer.kind === 'REFUSED') {
    const { promotionId = null, customerId = null, orderId = null } = named.redemption ?? {};
    recordRefusal(gateway, writer, { operation: 'CONFIRM', code: null, promotionId, customerId, orderId }, answer);
  }
  return answer;
}
