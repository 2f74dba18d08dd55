import type { Gateway } from './gateway.ts';
import { keyedCall, type Writer } from './keyed.ts';
import { type SettledAnswer, settleRedemption } from './settle-redemption.ts';

/** Turns a hold into the redemption, whatever has become of its promo code since. */
export async function confirmRedemption(
  gateway: Gateway,
  writer: Writer,
  request: { id: string; countedByProvider: boolean },
): Promise<SettledAnswer> {
  const call = writer.idempotencyKey === undefined ? null : keyedCall(writer, 'confirmRedemption', { ...request });
  return settleRedemption(gateway, request.id, (ledgerKey) =>
    gateway.store.ledger.confirm(ledgerKey, request.countedByProvider, call, gateway.clock()),
  );
}
