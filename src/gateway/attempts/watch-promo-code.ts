import { type Refusal, type RefusalReason, refusal } from '../../domain/redemption/outcomes.ts';
import type { Gateway } from '../core/gateway.ts';
import { readPromotion } from '../reading/read-promotion.ts';
import { readStoredPromoCode } from '../reading/read-stored-promotions.ts';
import type { Redeemer } from '../redemption/redeemer.ts';
import { hiddenReason, lookUpBlindly, type QuotedCustomers } from './look-up-blindly.ts';

/**
 * Why a caller may not watch a promo code; null: it may. A caller without the scope `read` may watch what it can quote. To
 * ask for another id is a failed attempt: the answer does not tell whether there is such a code.
 * @throws {ProviderError} when a caller with `read` asks for an unknown id and the provider does not answer
 */
export async function watchRefusal(
  gateway: Gateway,
  redeemer: Redeemer,
  id: string,
  customers: QuotedCustomers,
): Promise<Refusal | null> {
  if (redeemer.mayRead) {
    const promotion = await readPromotion(gateway, id, 'CACHED');
    return promotion?.kind === 'PromoCode' ? null : refusal('NOT_FOUND');
  }
  const hides = async (): Promise<RefusalReason | null> => {
    const promoCode = await readStoredPromoCode(gateway, id);
    return promoCode ? hiddenReason(promoCode, customers) : 'NOT_FOUND';
  };
  const [refused = null] = await lookUpBlindly(gateway, redeemer, [{ id }], hides, 'WATCH');
  return refused;
}
