import { parseRedemptionId } from '../../domain/promotion/identity.ts';
import type { Provider } from '../../domain/provider/provider.ts';
import type { Redemption } from '../../domain/redemption/redemption.ts';
import { conflict } from '../../domain/redemption/results.ts';
import type { IdempotentCall } from '../../store/writes/idempotency-keys.ts';
import type { WriteRequestOf } from '../../store/writes/write-request.ts';
import type { Gateway } from '../core/gateway.ts';
import { keyedCall, once } from '../writes/idempotency.ts';
import { sendWrite, type Write } from '../writes/send-write.ts';
import { settleLeft } from '../writes/settle-pending-write.ts';
import { type SettledAnswer, type SettlingWriter, settleRedemption } from './settle-redemption.ts';
import { earlierUse, shownUse } from './take-use.ts';

export interface CancelRequest {
  id: string;
  reason: string | null;
}

/** Gives a use back. One that was applied to a subscription is ended there first; the provider's count stays. */
export async function cancelRedemption(
  gateway: Gateway,
  writer: SettlingWriter,
  request: CancelRequest,
): Promise<SettledAnswer> {
  const call = keyedCall(gateway, writer, 'cancelRedemption', { ...request });
  const keyed = writer.idempotencyKey === undefined ? null : call;
  const earlier = await earlierUse(gateway, call);
  if (earlier) return earlier;
  const ended = await earlierEnding(gateway, call);
  if (ended) return ended;
  // The ledger says what it has to be: an application may have been recorded in this very moment.
  const settled = await settleRedemption(gateway, request.id, keyed, (ledgerId) =>
    gateway.store.ledger.cancel(ledgerId, request.reason, writer, keyed, gateway.clock()),
  );
  return settled.kind === 'STANDS_AT_PROVIDER' ? endAtProvider(gateway, call, request) : settled;
}

/**
 * What an earlier call under the same key has ended at the provider, before the redemption is judged again.
 * @throws {ProviderError} while its outcome is not known
 */
async function earlierEnding(gateway: Gateway, call: IdempotentCall): Promise<SettledAnswer | null> {
  const left = gateway.store.pendingWrites.findSent(call, 'removeFromSubscription');
  if (!left) return null;
  return once<SettledAnswer | null>(gateway, call, left.provider, {
    replay: (id) => shownUse(gateway, id, true),
    perform: async (lease) => {
      const settled = await settleLeft(gateway, lease, 'removeFromSubscription', (provider, request) =>
        applicationEnd(gateway, provider, request),
      );
      return settled === null ? null : shownUse(gateway, settled, false);
    },
  });
}

/** Ends a use at the provider that has applied it, and the redemption with it. */
async function endAtProvider(gateway: Gateway, call: IdempotentCall, request: CancelRequest): Promise<SettledAnswer> {
  const ending = endingOf(gateway, request);
  if (!ending) return conflict('The provider that has applied it is switched off here, or cannot end it');
  const { provider } = ending;
  return once<SettledAnswer>(gateway, call, provider.name, {
    replay: (id) => shownUse(gateway, id, true),
    perform: async (lease) => {
      // Another call may have ended it while this one waited for its key.
      const status = gateway.store.redemptions.get(request.id)?.status;
      if (status !== 'REDEEMED') return conflict(`The redemption is ${status}`);
      const write = applicationEnd(gateway, provider, ending.request);
      return shownUse(gateway, await sendWrite(gateway, provider, lease, write), false);
    },
  });
}

/** The write that ends a use on a subscription, and with it the redemption. What has ended stays ended. */
export function applicationEnd(
  gateway: Gateway,
  provider: Provider,
  request: WriteRequestOf<'removeFromSubscription'>,
): Write<void> {
  const { redemptionId, useId, subscriptionId, reason } = request;
  return {
    request,
    repeatsSafelyFor: Number.POSITIVE_INFINITY,
    send: async (call) => provider.removeFromSubscription?.({ useId, subscriptionId }, call),
    record: () => {
      gateway.store.subscriptionDiscounts.markEnded(parseRedemptionId(redemptionId) ?? '', reason, gateway.clock());
      return redemptionId;
    },
  };
}

/** How the redemption is ended at its provider; null when that is not possible here. */
function endingOf(gateway: Gateway, { id, reason }: CancelRequest) {
  const redemption = gateway.store.redemptions.get(id);
  const provider = redemption && providerOf(gateway, redemption);
  if (!redemption || !provider?.removeFromSubscription) return null;
  const { providerUseId: useId, subscriptionId } = redemption;
  if (useId === null || subscriptionId === null) return null;
  const operation = 'removeFromSubscription' as const;
  return { provider, request: { operation, redemptionId: id, useId, subscriptionId, reason } };
}

function providerOf({ accounts }: Gateway, { promotionId }: Redemption): Provider | undefined {
  const key = accounts.keyOf(promotionId);
  return key ? accounts.find(key.provider, key.account) : undefined;
}
