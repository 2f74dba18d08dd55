import type { Lease } from '../../domain/ledger/lease.ts';
import type { PromotionKey } from '../../domain/promotion/identity.ts';
import { promotionId } from '../../domain/promotion/identity.ts';
import { withoutOperation } from '../../domain/provider/unsupported.ts';
import type { Gateway } from '../core/gateway.ts';
import { couponArchival } from '../provider-writes/coupon-archival.ts';
import { type Effect, effect, keyedCall, outOfScope, type Writer, withIdempotencyKey } from '../writes/idempotency.ts';
import { resumeWrite } from '../writes/resume-write.ts';
import { sendWrite } from '../writes/send-write.ts';
import { shownCoupon } from './create-coupon.ts';
import { resolveCoupon } from './resolve-coupon.ts';
import type { ChangeCouponAnswer, RefusedChange } from './update-coupon.ts';

/**
 * Archives a coupon. UNSUPPORTED if its provider cannot.
 * @throws {ProviderError}
 */
export async function archiveCoupon(
  gateway: Gateway,
  writer: Writer,
  request: { id: string },
): Promise<ChangeCouponAnswer> {
  const call = keyedCall(gateway, writer, 'archiveCoupon', { ...request });
  const key = gateway.accounts.keyOf(request.id);
  if (key?.kind !== 'Coupon') return outOfScope(gateway, call, 'No such coupon');
  const answer = await withIdempotencyKey(gateway, call, key.provider, (lease) => archive(gateway, key, lease));
  return answer.kind === 'EFFECT' ? shownCoupon(gateway, answer) : answer;
}

async function archive(gateway: Gateway, key: PromotionKey, lease: Lease): Promise<Effect | RefusedChange> {
  const resumed = await resumeWrite(gateway, lease, 'archiveCoupon');
  if (resumed !== null) return effect(resumed);

  const provider = await resolveCoupon(gateway, key);
  if ('kind' in provider) return provider;
  if (!provider.archiveCoupon) {
    const why = 'names a coupon, which the provider cannot archive: switch off its promo codes instead';
    return withoutOperation(provider.name, 'id', why);
  }

  const write = couponArchival(gateway, provider, { operation: 'archiveCoupon', id: promotionId(key) });
  return effect(await sendWrite(gateway, provider, lease, write));
}
