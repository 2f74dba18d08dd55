import { parsePromotionId } from '../promo/identity.ts';
import type { Redemption } from '../promo/redemption.ts';
import type { Gateway } from './gateway.ts';
import { keyedCall } from './keyed.ts';
import { type SettledAnswer, settleRedemption } from './settle-redemption.ts';
import { earlierUse } from './take-use.ts';
import { answering, intentOf, refusedChange, sendWrite, type Writer } from './write.ts';

/** Gives a use back. One that was applied to a subscription is ended there first; the provider's count stays. */
export async function cancelRedemption(
  gateway: Gateway,
  writer: Writer,
  request: { id: string; reason: string | null },
): Promise<SettledAnswer> {
  const call = keyedCall(writer.caller, 'cancelRedemption', writer.idempotencyKey, { ...request });
  return answering(async (): Promise<SettledAnswer> => {
    const earlier = call && (await earlierUse(gateway, call));
    if (earlier) return earlier;
    const redemption = gateway.store.redemptions.get(request.id);
    if (redemption?.status === 'REDEEMED') await endAtProvider(gateway, writer, redemption);
    return settleRedemption(gateway, request.id, (ledgerKey) =>
      gateway.store.ledger.cancel(ledgerKey, request.reason, call, gateway.clock()),
    );
  }, refusedChange);
}

async function endAtProvider(gateway: Gateway, writer: Writer, redemption: Redemption): Promise<void> {
  const { providerUseId: useId, subscriptionId, promotionId } = redemption;
  const key = parsePromotionId(promotionId);
  const provider = key && gateway.accounts.find(key.provider, key.account);
  if (!provider?.removeFromSubscription || useId === null || subscriptionId === null) return;
  await sendWrite(
    gateway,
    intentOf(provider, 'removeFromSubscription', writer),
    // What has ended stays ended.
    'SENT_AGAIN',
    async (sending) => provider.removeFromSubscription?.({ useId, subscriptionId }, sending),
    () => {},
  );
}
