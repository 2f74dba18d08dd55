import { invalidInput, type NotFound, notFound } from '../promo/answers.ts';
import type { Provider } from '../promo/provider.ts';
import type { Lease } from '../store/keys.ts';
import type { WriteRequestOf } from '../store/write-request.ts';
import { type CreateCouponAnswer, shownCoupon } from './create-coupon.ts';
import type { Gateway } from './gateway.ts';
import { keyedCall, once, unreached, type Writer } from './keyed.ts';
import type { promotionChange } from './promotion-change.ts';
import { readPromotion } from './read-promotion.ts';
import { settleLeft } from './settle-left.ts';
import { answering, orFault, ownerOf, refusedChange } from './write.ts';

export type ChangeCouponAnswer = CreateCouponAnswer | NotFound;

/** One kind of change of a coupon. */
interface CouponMutation<Name extends 'updateCoupon' | 'archiveCoupon'> {
  mutation: Name;
  request: { id: string };
  /** The write that an earlier call has sent. */
  writeOf: (provider: Provider, request: WriteRequestOf<Name>) => ReturnType<typeof promotionChange>;
  /** Judges the input and makes the change; null: it is made. */
  change: (provider: Provider, lease: Lease) => Promise<ChangeCouponAnswer | null>;
}

/** What every change of a coupon has in common: finding it, its key, and showing it as it is afterwards. */
export async function changeCoupon<Name extends 'updateCoupon' | 'archiveCoupon'>(
  gateway: Gateway,
  writer: Writer,
  { mutation, request, writeOf, change }: CouponMutation<Name>,
): Promise<ChangeCouponAnswer> {
  const call = keyedCall(gateway, writer, mutation, { ...request });
  const key = gateway.accounts.keyOf(request.id);
  if (key?.kind !== 'Coupon') return unreached(gateway, call, 'No such coupon');
  const perform = async (lease: Lease): Promise<ChangeCouponAnswer> => {
    const settled = await settleLeft(gateway, lease, mutation, writeOf);
    if (settled !== null) return shownCoupon(gateway, settled, false);
    const provider = ownerOf(gateway, key);
    if ('kind' in provider) return invalidInput(['id'], `belongs to ${key.provider}, which is switched off here`);
    if (!(await readPromotion(gateway, request.id, 'JUDGED'))) return notFound('No such coupon');
    const refused = await change(provider, lease);
    return refused ?? shownCoupon(gateway, request.id, false);
  };
  return answering(
    mutation,
    () =>
      once<ChangeCouponAnswer>(gateway, call, key.provider, {
        replay: (id) => shownCoupon(gateway, id, true),
        perform,
      }),
    orFault(refusedChange),
  );
}
