import { invalidInput, type NotFound, notFound } from '../promo/answers.ts';
import { parsePromotionId } from '../promo/identity.ts';
import type { Provider } from '../promo/provider.ts';
import { type CreateCouponAnswer, shownCoupon } from './create-coupon.ts';
import type { Gateway } from './gateway.ts';
import { type Claim, keyedCall, once } from './keyed.ts';
import { readPromotion } from './read-promotion.ts';
import { answering, ownerOf, refusedChange, type Writer } from './write.ts';

export type ChangeCouponAnswer = CreateCouponAnswer | NotFound;

/** What every change of a coupon has in common: finding it, its key, and showing it as it is afterwards. */
export async function changeCoupon(
  gateway: Gateway,
  writer: Writer,
  mutation: string,
  request: { id: string },
  change: (provider: Provider, providerId: string, claim: Claim) => Promise<ChangeCouponAnswer | null>,
): Promise<ChangeCouponAnswer> {
  const key = parsePromotionId(request.id);
  if (key?.kind !== 'Coupon') return notFound('No such coupon');
  const perform = async (claim: Claim): Promise<ChangeCouponAnswer> => {
    const provider = ownerOf(gateway, key);
    if ('kind' in provider) return invalidInput(['id'], `belongs to ${key.provider}, which is switched off here`);
    if (!(await readPromotion(gateway, request.id, 'CACHED'))) return notFound('No such coupon');
    const refused = await change(provider, key.providerId, claim);
    if (refused) return refused;
    gateway.changes.publish('promotionChanged', request.id);
    return shownCoupon(gateway, request.id, false);
  };
  return answering(
    () =>
      once<ChangeCouponAnswer>(
        gateway,
        keyedCall(writer.caller, mutation, writer.idempotencyKey, { ...request }),
        key.provider,
        { replay: (id) => shownCoupon(gateway, id, true), perform },
      ),
    refusedChange,
  );
}
