import type { Provider } from '../../domain/provider/provider.ts';
import type { Lease } from '../../store/writes/idempotency-keys.ts';
import type { WriteRequestOf } from '../../store/writes/write-request.ts';
import type { Gateway } from '../core/gateway.ts';
import type { Writer } from '../writes/idempotency.ts';
import { sendWrite } from '../writes/send-write.ts';
import { type ChangeCouponAnswer, changeCoupon } from './change-coupon.ts';
import { promotionChange } from './change-promotion.ts';

/** Takes a coupon out of use for good, where its provider can. */
export async function archiveCoupon(
  gateway: Gateway,
  writer: Writer,
  request: { id: string },
): Promise<ChangeCouponAnswer> {
  const change = async (provider: Provider, lease: Lease): Promise<ChangeCouponAnswer | null> => {
    if (!provider.archiveCoupon) return { kind: 'UNSUPPORTED', provider: provider.name, fields: ['id'] };
    const write = couponArchival(gateway, provider, { operation: 'archiveCoupon', id: request.id });
    await sendWrite(gateway, provider, lease, write);
    return null;
  };
  const writeOf = (provider: Provider, left: WriteRequestOf<'archiveCoupon'>) =>
    couponArchival(gateway, provider, left);
  return changeCoupon(gateway, writer, { mutation: 'archiveCoupon', request, writeOf, change });
}

/** The write that takes a coupon out of use. What is archived stays archived. */
export function couponArchival(gateway: Gateway, provider: Provider, request: WriteRequestOf<'archiveCoupon'>) {
  return promotionChange(gateway, provider, request, {
    send: (providerId, call) => provider.archiveCoupon?.(providerId, call),
    isDone: (shown) => shown === null || !shown.active,
  });
}
