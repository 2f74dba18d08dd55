import { completeChangedPromoCode } from '../../domain/provider/complete-answer.ts';
import { isChangeShown } from '../../domain/provider/promo-code-change.ts';
import type { Provider } from '../../domain/provider/provider.ts';
import type { WriteRequestOf } from '../../store/writes/write-request.ts';
import type { Gateway } from '../core/gateway.ts';
import { type PromotionChange, promotionChange } from './promotion-change.ts';

/**
 * The write that changes a promo code at its provider, and the rules that the gateway enforces on it. The gateway keeps
 * `metadata` if the provider does not.
 */
export function promoCodeUpdate(
  gateway: Gateway,
  provider: Provider,
  request: WriteRequestOf<'updatePromoCode'>,
): PromotionChange {
  const { id, change, rules, metadata } = request;
  return promotionChange(gateway, provider, request, {
    send: async (providerId, call) => {
      const facts = await provider.updatePromoCode?.(providerId, change, call);
      return facts && completeChangedPromoCode(facts, change);
    },
    isDone: (current) => current !== null && isChangeShown(current, change, gateway.clock()),
    keep: async (sentAt, db) => {
      await gateway.store.promotions.setRules(id, rules, sentAt, db);
      if (metadata !== undefined) await gateway.store.promotions.setMetadata(id, metadata, sentAt, db);
    },
  });
}
