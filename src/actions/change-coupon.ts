import { invalidInput, type NotFound, notFound } from '../promo/answers.ts';
import type { Provider } from '../promo/provider.ts';
import type { KeyedCall } from '../store/keys.ts';
import { type CreateCouponAnswer, shownCoupon } from './create-coupon.ts';
import type { Gateway } from './gateway.ts';
import { keyedCall, once, type Writer } from './keyed.ts';
import { readPromotion } from './read-promotion.ts';
import { answering, ownerOf, refusedChange } from './write.ts';

export type ChangeCouponAnswer = CreateCouponAnswer | NotFound;

/** What every change of a coupon has in common: finding it, its key, and showing it as it is afterwards. */
export async function changeCoupon(
  gateway: Gateway,
  writer: Writer,
  mutation: string,
  request: { id: string },
  change: (provider: Provider, call: KeyedCall) => Promise<ChangeCouponAnswer | null>,
): Promise<ChangeCouponAnswer> {
  const key = gateway.accounts.keyOf(request.id);
  if (key?.kind !== 'Coupon') return notFound('No such coupon');
  const call = keyedCall(writer, mutation, { ...request });
  const perform = async (): Promise<ChangeCouponAnswer> => {
    const provider = ownerOf(gateway, key);
    if ('kind' in provider) return invalidInput(['id'], `belongs to ${key.provider}, which is switched off here`);
    if (!(await readPromotion(gateway, request.id, 'JUDGED'))) return notFound('No such coupon');
    const refused = await change(provider, call);
    return refused ?? shownCoupon(gateway, request.id, false);
  };
  return answering(
    mutation,
    () =>
      once<ChangeCouponAnswer>(gateway, call, key.provider, {
        replay: (id) => shownCoupon(gateway, id, true),
        perform,
      }),
    refusedChange,
  );
}
