import { invalidInput } from '../promo/answers.ts';
import type { Metadata } from '../promo/promotion.ts';
import type { CouponChange } from '../promo/provider.ts';
import { type ChangeCouponAnswer, changeCoupon } from './change-coupon.ts';
import type { Gateway } from './gateway.ts';
import { intentOf, sendWrite, type Writer } from './write.ts';

export interface UpdateCouponRequest {
  id: string;
  name?: string;
  /** Replaces what there is; null clears. */
  metadata?: Metadata | null;
}

/** Renames a coupon or replaces its metadata, which the gateway keeps where the provider keeps none. */
export async function updateCoupon(
  gateway: Gateway,
  writer: Writer,
  request: UpdateCouponRequest,
): Promise<ChangeCouponAnswer> {
  return changeCoupon(gateway, writer, 'updateCoupon', { ...request }, async (provider, providerId, claim) => {
    const { id, name, metadata } = request;
    const { promotions } = gateway.store;
    if (name === undefined && metadata === undefined) return invalidInput([], 'changes nothing');
    if (name !== undefined && name.length > provider.limits.couponNameLength) {
      return { kind: 'UNSUPPORTED', provider: provider.name, fields: ['name'] };
    }
    const keepsMetadata = provider.limits.couponChanges.has('metadata');
    const sent: CouponChange = {
      ...(name !== undefined && { name }),
      ...(metadata !== undefined && keepsMetadata && { metadata }),
    };
    const finish = () => {
      if (metadata !== undefined && !keepsMetadata) promotions.setMetadata(id, metadata);
      claim.spend(id);
    };
    if (Object.keys(sent).length === 0) {
      gateway.store.transaction(finish);
      return null;
    }
    await sendWrite(
      gateway,
      intentOf(provider, 'updateCoupon', writer),
      // The same change twice is the same change.
      'SENT_AGAIN',
      async (sending) => provider.updateCoupon?.(providerId, sent, sending),
      (facts, moment) => {
        if (facts) promotions.save({ provider: provider.name, account: provider.account }, facts, moment);
        finish();
      },
    );
    return null;
  });
}
