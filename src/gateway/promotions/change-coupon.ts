import type { Provider } from '../../domain/provider/provider.ts';
import { invalidInput, type NotFound, notFound } from '../../domain/redemption/results.ts';
import type { Lease } from '../../store/writes/idempotency-keys.ts';
import type { WriteRequestOf } from '../../store/writes/write-request.ts';
import type { Gateway } from '../core/gateway.ts';
import { readPromotion } from '../reading/read-promotion.ts';
import { keyedCall, once, unreached, type Writer } from '../writes/idempotency.ts';
import { settleLeft } from '../writes/settle-pending-write.ts';
import { ownerOf } from '../writes/write.ts';
import type { promotionChange } from './change-promotion.ts';
import { type CreateCouponAnswer, shownCoupon } from './create-coupon.ts';

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
  return once<ChangeCouponAnswer>(gateway, call, key.provider, {
    replay: (id) => shownCoupon(gateway, id, true),
    perform,
  });
}
