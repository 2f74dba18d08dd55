import { parsePromotionId } from '../promo/identity.ts';
import type { Provider, ProviderCoupon, ProviderPromoCode, WriteCall } from '../promo/provider.ts';
import type { WriteRequest } from '../store/write-request.ts';
import type { Gateway } from './gateway.ts';
import { refreshAfterChange } from './refresh-promotion.ts';
import type { Write } from './send-write.ts';

type Changed = ProviderPromoCode | ProviderCoupon;

/** A write that changes a promotion at its provider. The same change twice is the same change. */
export function promotionChange(
  gateway: Gateway,
  provider: Provider,
  request: WriteRequest & { id: string },
  steps: {
    send: (providerId: string, call: WriteCall) => Promise<Changed | undefined> | undefined;
    /** Whether what was just read anew shows the change. */
    isDone: () => boolean;
    /** Records what the gateway itself keeps of the change. `sentAt`: when it was asked for. */
    keep?: (sentAt: number) => void;
  },
): Write<Changed | null> {
  const { id } = request;
  const key = parsePromotionId(id);
  if (!key) throw new Error(`${id} is no promotion's id`);
  return {
    request,
    repeatsSafelyFor: Number.POSITIVE_INFINITY,
    send: async (sending) => (await steps.send(key.providerId, sending)) ?? null,
    find: async () => {
      await refreshAfterChange(gateway, provider, key);
      return steps.isDone() ? { answer: null } : null;
    },
    record: (facts, moment) => {
      if (facts) gateway.store.promotions.save(key, facts, moment);
      steps.keep?.(moment.sentAt);
      return id;
    },
  };
}
