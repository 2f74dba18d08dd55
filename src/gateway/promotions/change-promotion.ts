import { parsePromotionId } from '../../domain/promotion/identity.ts';
import type { Provider, ProviderCoupon, ProviderPromoCode, WriteCall } from '../../domain/provider/provider.ts';
import type { WriteRequest } from '../../store/writes/write-request.ts';
import type { Gateway } from '../core/gateway.ts';
import { refreshAfterChange, shownBy } from '../reading/refresh-promotion.ts';
import type { Write } from '../writes/send-write.ts';

type Changed = ProviderPromoCode | ProviderCoupon;

/**
 * A write that changes a promotion at its provider. One whose answer was lost is not sent again, because a newer change
 * may have been made since: the promotion is looked at.
 */
export function promotionChange(
  gateway: Gateway,
  provider: Provider,
  request: WriteRequest & { id: string },
  steps: {
    send: (providerId: string, call: WriteCall) => Promise<Changed | undefined> | undefined;
    /** Whether what was just read shows the change (null: the promotion is gone); undefined: that cannot be told. */
    isDone: (shown: Changed | null) => boolean | undefined;
    /** Records what the gateway itself keeps of the change. `sentAt`: when it was asked for. */
    keep?: (sentAt: number) => void;
  },
): Write<Changed | null> {
  const { id } = request;
  const key = parsePromotionId(id);
  if (!key) throw new Error(`${id} is no promotion's id`);
  return {
    request,
    repeatsSafelyFor: 0,
    send: async (sending) => (await steps.send(key.providerId, sending)) ?? null,
    find: async ({ id: intentId }) => {
      const shown = shownBy(await refreshAfterChange(gateway, provider, key), key);
      const isDone = shown === undefined ? undefined : steps.isDone(shown);
      if (isDone === undefined) return 'UNDECIDABLE';
      if (isDone) return { answer: null };
      return gateway.store.pendingWrites.hasLaterChange(intentId) ? 'REPLACED' : null;
    },
    record: (facts, moment) => {
      if (facts) gateway.store.promotions.save(key, facts, moment);
      steps.keep?.(moment.sentAt);
      return id;
    },
  };
}
