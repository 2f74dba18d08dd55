import { isDeepStrictEqual } from 'node:util';
import type { Metadata } from '../../domain/promotion/promotion.ts';
import { completeChangedCoupon } from '../../domain/provider/complete-answer.ts';
import type { CouponChange, Provider } from '../../domain/provider/provider.ts';
import { invalidInput } from '../../domain/redemption/results.ts';
import type { Lease } from '../../store/writes/idempotency-keys.ts';
import type { WriteRequestOf } from '../../store/writes/write-request.ts';
import type { Gateway } from '../core/gateway.ts';
import type { Writer } from '../writes/idempotency.ts';
import { finish, sendWrite } from '../writes/send-write.ts';
import { type ChangeCouponAnswer, changeCoupon } from './change-coupon.ts';
import { promotionChange } from './change-promotion.ts';

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
  const change = async (provider: Provider, lease: Lease): Promise<ChangeCouponAnswer | null> => {
    const { id, name, metadata } = request;
    if (name === undefined && metadata === undefined) return invalidInput([], 'changes nothing');
    if (name !== undefined && name.length > provider.capabilities.couponNameLength) {
      return { kind: 'UNSUPPORTED', provider: provider.name, fields: ['name'] };
    }
    const keepsMetadata = provider.capabilities.couponChanges.has('metadata');
    const sent: CouponChange = {
      ...(name !== undefined && { name }),
      ...(metadata !== undefined && keepsMetadata && { metadata }),
    };
    const kept = keepsMetadata ? undefined : metadata;
    const write = couponUpdate(gateway, provider, { operation: 'updateCoupon', id, change: sent, metadata: kept });
    if (Object.keys(sent).length > 0) await sendWrite(gateway, provider, lease, write);
    else await finish(gateway, null, lease, write, null);
    return null;
  };
  const writeOf = (provider: Provider, left: WriteRequestOf<'updateCoupon'>) => couponUpdate(gateway, provider, left);
  return changeCoupon(gateway, writer, { mutation: 'updateCoupon', request, writeOf, change });
}

/** The write that changes a coupon at its provider, and what the gateway keeps of it. */
export function couponUpdate(gateway: Gateway, provider: Provider, request: WriteRequestOf<'updateCoupon'>) {
  const { id, change, metadata } = request;
  return promotionChange(gateway, provider, request, {
    send: async (providerId, call) => {
      const facts = await provider.updateCoupon?.(providerId, change, call);
      return facts && completeChangedCoupon(facts, change);
    },
    isDone: (shown) => {
      if (shown?.kind !== 'Coupon') return false;
      if (change.metadata !== undefined && shown.metadata === undefined) return undefined;
      const { name = shown.name, metadata: asked = shown.metadata } = change;
      return shown.name === name && isDeepStrictEqual(shown.metadata ?? {}, asked ?? {});
    },
    keep: (sentAt) => {
      if (metadata !== undefined) gateway.store.promotions.setMetadata(id, metadata, sentAt);
    },
  });
}
