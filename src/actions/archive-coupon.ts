import { type ChangeCouponAnswer, changeCoupon } from './change-coupon.ts';
import type { Gateway } from './gateway.ts';
import { intentOf, sendWrite, type Writer } from './write.ts';

/** Takes a coupon out of use for good, where its provider can. */
export async function archiveCoupon(
  gateway: Gateway,
  writer: Writer,
  request: { id: string },
): Promise<ChangeCouponAnswer> {
  return changeCoupon(gateway, writer, 'archiveCoupon', { ...request }, async (provider, providerId, claim) => {
    if (!provider.archiveCoupon) return { kind: 'UNSUPPORTED', provider: provider.name, fields: ['id'] };
    await sendWrite(
      gateway,
      intentOf(provider, 'archiveCoupon', writer),
      'SENT_AGAIN',
      async (sending) => provider.archiveCoupon?.(providerId, sending),
      (facts, moment) => {
        const owner = { provider: provider.name, account: provider.account };
        if (facts) gateway.store.promotions.save(owner, facts, moment);
        claim.spend(request.id);
      },
    );
    return null;
  });
}
