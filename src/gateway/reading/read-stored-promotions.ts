import type { PromoCode, Promotion } from '../../domain/promotion/promotion.ts';
import type { Gateway } from '../core/gateway.ts';

/** Promotions in the order of their ids, as the store has them. Calls no provider. */
export function readStoredPromotions(gateway: Gateway, ids: readonly string[]): Promise<(Promotion | null)[]> {
  return gateway.store.promotions.getMany(ids, gateway.clock());
}

/** A promo code in the caller's accounts, as the store has it; null: there is none. */
export async function readStoredPromoCode({ accounts, store, clock }: Gateway, id: string): Promise<PromoCode | null> {
  return accounts.keyOf(id) && store.promotions.getPromoCode(id, clock());
}
