import type { Gateway } from './gateway.ts';
import { keyedCall } from './keyed.ts';
import { type SettledAnswer, settleRedemption } from './settle-redemption.ts';
import type { Writer } from './write.ts';

/** Turns a hold into the redemption, whatever has become of its promo code since. */
export async function confirmRedemption(
  gateway: Gateway,
  { caller, idempotencyKey }: Writer,
  request: { id: string; countedByProvider: boolean },
): Promise<SettledAnswer> {
  const call = keyedCall(caller, 'confirmRedemption', idempotencyKey, { ...request });
  return settleRedemption(gateway, request.id, (ledgerKey) =>
    gateway.store.ledger.confirm(ledgerKey, request.countedByProvider, call, gateway.clock()),
  );
}
