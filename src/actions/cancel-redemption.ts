import { conflict } from '../promo/answers.ts';
import { parseRedemptionId } from '../promo/identity.ts';
import type { Provider } from '../promo/provider.ts';
import type { Redemption } from '../promo/redemption.ts';
import type { KeyedCall } from '../store/keys.ts';
import type { WriteRequestOf } from '../store/write-request.ts';
import type { Gateway } from './gateway.ts';
import { keyedCall, once, type Writer } from './keyed.ts';
import { sendWrite, type Write } from './send-write.ts';
import { settleLeft } from './settle-left.ts';
import { type SettledAnswer, settleRedemption } from './settle-redemption.ts';
import { earlierUse, shownUse } from './take-use.ts';
import { answering, refusedChange } from './write.ts';

export interface CancelRequest {
  id: string;
  reason: string | null;
}

/** Gives a use back. One that was applied to a subscription is ended there first; the provider's count stays. */
export async function cancelRedemption(
  gateway: Gateway,
  writer: Writer,
  request: CancelRequest,
): Promise<SettledAnswer> {
  const call = keyedCall(writer, 'cancelRedemption', { ...request });
  return answering(
    'cancelRedemption',
    async (): Promise<SettledAnswer> => {
      const earlier = await earlierUse(gateway, call);
      if (earlier) return earlier;
      const ended = await earlierEnding(gateway, call);
      if (ended) return ended;
      const ending = endingOf(gateway, request);
      if (!ending) {
        const { ledger } = gateway.store;
        const keyed = writer.idempotencyKey === undefined ? null : call;
        return settleRedemption(gateway, request.id, (ledgerKey) =>
          ledger.cancel(ledgerKey, request.reason, keyed, gateway.clock()),
        );
      }
      return once<SettledAnswer>(gateway, call, ending.provider.name, {
        replay: (id) => shownUse(gateway, id, true),
        perform: async (lease) => {
          // Another call may have ended it while this one waited for its key.
          if (gateway.store.redemptions.get(request.id)?.status !== 'REDEEMED') {
            return conflict('The redemption is CANCELLED');
          }
          const write = applicationEnd(gateway, ending.provider, ending.request);
          return shownUse(gateway, await sendWrite(gateway, ending.provider, lease, write), false);
        },
      });
    },
    refusedChange,
  );
}

/**
 * What an earlier call under the same key has ended at the provider, before the redemption is judged again.
 * @throws {ProviderFailure} while its outcome is not known
 */
async function earlierEnding(gateway: Gateway, call: KeyedCall): Promise<SettledAnswer | null> {
  const left = gateway.store.intents.sentBefore(call, 'removeFromSubscription');
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
      gateway.store.applications.ended(parseRedemptionId(redemptionId) ?? '', reason, gateway.clock());
      return redemptionId;
    },
  };
}

/** How the redemption is ended at its provider; null when nothing stands there. */
function endingOf(gateway: Gateway, { id, reason }: CancelRequest) {
  const redemption = gateway.store.redemptions.get(id);
  const provider = redemption && providerOf(gateway, redemption);
  if (redemption?.status !== 'REDEEMED' || !provider?.removeFromSubscription) return null;
  const { providerUseId: useId, subscriptionId } = redemption;
  if (useId === null || subscriptionId === null) return null;
  const operation = 'removeFromSubscription' as const;
  return { provider, request: { operation, redemptionId: id, useId, subscriptionId, reason } };
}

function providerOf({ accounts }: Gateway, { promotionId }: Redemption): Provider | undefined {
  const key = accounts.keyOf(promotionId);
  return key ? accounts.find(key.provider, key.account) : undefined;
}
