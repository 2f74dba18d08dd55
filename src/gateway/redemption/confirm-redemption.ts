import type { Gateway } from '../core/gateway.ts';
import { keyedCall } from '../writes/idempotency.ts';
import { type SettledAnswer, type SettlingWriter, settleRedemption } from './settle-redemption.ts';

/** Turns a hold into the redemption, whatever has become of its promo code since. */
export async function confirmRedemption(
  gateway: Gateway,
  writer: SettlingWriter,
  request: { id: string; countedByProvider: boolean },
): Promise<SettledAnswer> {
  const call =
    writer.idempotencyKey === undefined ? null : keyedCall(gateway, writer, 'confirmRedemption', { ...request });
  return settleRedemption(gateway, request.id, call, (ledgerId) =>
    gateway.store.ledger.confirm(ledgerId, request.countedByProvider, writer, call, gateway.clock()),
  );
}
