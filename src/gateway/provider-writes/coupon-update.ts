import { isDeepStrictEqual } from 'node:util';
import { completeChangedCoupon } from '../../domain/provider/complete-answer.ts';
import type { Provider } from '../../domain/provider/provider.ts';
import type { WriteRequestOf } from '../../store/writes/write-request.ts';
import type { Gateway } from '../core/gateway.ts';
import { type PromotionChange, promotionChange } from './promotion-change.ts';

/** The write that changes a coupon at its provider. The gateway keeps `metadata` if the provider does not. */
export function couponUpdate(
  gateway: Gateway,
  provider: Provider,
  { id, change, metadata, ...request }: WriteRequestOf<'updateCoupon'>,
): PromotionChange {
  return promotionChange(
    gateway,
    provider,
    { ...request, id, change, metadata },
    {
      send: async (providerId, call) => {
        const facts = await provider.updateCoupon?.(providerId, change, call);
        return facts && completeChangedCoupon(facts, change);
      },
      isDone: (current) => {
        if (current?.kind !== 'Coupon') return false;
        if (change.metadata !== undefined && current.metadata === undefined) return undefined;
        const { name = current.name, metadata: asked = current.metadata } = change;
        return current.name === name && isDeepStrictEqual(current.metadata ?? {}, asked ?? {});
      },
      keep: async (sentAt, db) => {
        if (metadata !== undefined) await gateway.store.promotions.setMetadata(id, metadata, sentAt, db);
      },
    },
  );
}
