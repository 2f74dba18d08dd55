import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { parsePromotionId } from '../../domain/promotion/identity.ts';
import type { Coupon } from '../../domain/promotion/promotion.ts';
import type { NewCoupon, NewPromoCode, Provider } from '../../domain/provider/provider.ts';
import { ProviderError } from '../../domain/provider/provider-error.ts';
import {
  type Conflict,
  type InvalidInput,
  type ProviderFailed,
  providerFailed,
} from '../../domain/redemption/outcomes.ts';
import type { Lease } from '../../store/writes/idempotent-call.ts';
import { failedCreation, inputFault } from '../core/as-answer.ts';
import type { Gateway } from '../core/gateway.ts';
import { ownCouponCreation } from '../provider-writes/own-coupon-creation.ts';
import { whileLeased } from '../writes/lease.ts';
import { sendWrite } from '../writes/send-write.ts';

/**
 * The coupon for a promo code that states a discount instead of a coupon: the coupon that an earlier call under the
 * same key created, an orphan of a refused code, or a new one.
 * @returns null if the promo code names a coupon
 */
export async function makeOwnCoupon(
  gateway: Gateway,
  provider: Provider,
  { code, terms, customerId }: NewPromoCode,
  lease: Lease,
): Promise<{ coupon: Coupon | null; isNew: boolean } | null> {
  if (!('discount' in terms)) return null;
  const { pendingWrites, promotions } = gateway.store;
  const coupon = { name: code.slice(0, provider.capabilities.couponNameLength), ...terms };
  const request = { operation: 'createPromoCode.coupon' as const, coupon, code, customerId };
  const left = pendingWrites.couponCreatedBy(lease) ?? orphanCoupon(gateway, provider, lease, { coupon, code });
  const write = ownCouponCreation(gateway, provider, lease, request);
  const made = left ?? (await sendWrite(gateway, provider, lease, write));
  if (left !== null) await rename(gateway, provider, lease, { id: left, name: coupon.name });
  return { coupon: promotions.getCoupon(made, gateway.clock()), isNew: left === null };
}

function orphanCoupon(
  { store, clock }: Gateway,
  { name: provider, account }: Provider,
  call: Lease,
  { coupon, code }: { coupon: NewCoupon; code: string },
): string | null {
  // This call may have created a coupon whose outcome is still unknown.
  if (store.pendingWrites.findSent(call, 'createPromoCode.coupon')) return null;
  const isSame = (id: string) => {
    const one = store.promotions.getCoupon(id, clock());
    const isUntouched = one?.status === 'ACTIVE' && one.redeemedCount === 0 && one.maxRedemptions === null;
    return isUntouched && isDeepStrictEqual([one.discount, one.duration], [coupon.discount, coupon.duration]);
  };
  const intent = { provider, account, call };
  const left = store.orphanCoupons.of(intent).filter(isSame);
  return store.transaction(() => {
    store.idempotencyKeys.assertLeased(call);
    return left.find((id) => store.orphanCoupons.claim(id, intent, code, clock())) ?? null;
  });
}

/**
 * Names an orphan coupon after its new code. A name does not change what the coupon grants, and sending it twice is
 * harmless. So it needs no pending write, and the code is created even if renaming fails.
 */
async function rename(
  { store, clock }: Gateway,
  provider: Provider,
  lease: Lease,
  { id, name }: { id: string; name: string },
): Promise<void> {
  const key = parsePromotionId(id);
  const isNamed = store.promotions.getCoupon(id, clock())?.name === name;
  if (isNamed || key === null || !provider.capabilities.couponChanges.has('name')) return;
  const sending = store.promotions.sending(clock());
  const call = { intentId: randomUUID(), beforeSending: () => store.idempotencyKeys.assertLeased(lease) };
  try {
    const facts = await provider.updateCoupon?.(key.providerId, { name }, call);
    if (facts) store.promotions.save(key, facts, store.promotions.answered(sending));
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
  }
}

/**
 * The answer to the provider's refusal of a code for which a coupon was created first. The coupon stays for the next
 * code with the same discount, under any key: otherwise repeated tries would pile up coupons.
 */
export function refusedOn(
  gateway: Gateway,
  coupon: Coupon,
  lease: Lease,
  failure: ProviderError,
): Conflict | InvalidInput | ProviderFailed {
  const isGone = failure.reason === 'NOT_FOUND' && !failure.fault;
  // Includes failures other than a refusal of the input, if the provider created nothing: too many calls, a wrong API
  // key.
  const isRefused = failure.unchanged;
  const { orphanCoupons } = gateway.store;
  if (isRefused) {
    whileLeased(gateway, lease, () => (isGone ? orphanCoupons.forget(coupon.id) : orphanCoupons.add(lease)));
  }
  const refused = inputFault(failure) ?? failedCreation(failure);
  return refused.kind === 'PROVIDER_FAILED' && !isGone ? providerFailed(failure, coupon) : refused;
}
