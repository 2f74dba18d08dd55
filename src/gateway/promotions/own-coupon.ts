import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Lease } from '../../domain/ledger/lease.ts';
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
import { failedCreation, inputFault } from '../core/as-answer.ts';
import type { Gateway } from '../core/gateway.ts';
import { ownCouponCreation } from '../provider-writes/own-coupon-creation.ts';
import { whileLeased } from '../writes/keep-lease.ts';
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
  const earlier = await pendingWrites.couponCreatedBy(lease);
  const left = earlier ?? (await orphanCoupon(gateway, provider, lease, { coupon, code }));
  const write = ownCouponCreation(gateway, provider, lease, request);
  const made = left ?? (await sendWrite(gateway, provider, lease, write));
  if (left !== null) await rename(gateway, provider, lease, { id: left, name: coupon.name });
  return { coupon: await promotions.getCoupon(made, gateway.clock()), isNew: left === null };
}

async function orphanCoupon(
  gateway: Gateway,
  { name: provider, account }: Provider,
  call: Lease,
  { coupon, code }: { coupon: NewCoupon; code: string },
): Promise<string | null> {
  const { store, clock } = gateway;
  // This call may have created a coupon whose outcome is still unknown.
  if (await store.pendingWrites.findSent(call, 'createPromoCode.coupon')) return null;
  const isSame = async (id: string) => {
    const one = await store.promotions.getCoupon(id, clock());
    const isUntouched = one?.status === 'ACTIVE' && one.redeemedCount === 0 && one.maxRedemptions === null;
    return isUntouched && isDeepStrictEqual([one.discount, one.duration], [coupon.discount, coupon.duration]);
  };
  const intent = { provider, account, call };
  const left: string[] = [];
  for (const id of await store.orphanCoupons.of(intent)) if (await isSame(id)) left.push(id);
  return whileLeased(gateway, call, async (db) => {
    for (const id of left) if (await store.orphanCoupons.claim(id, intent, code, clock(), db)) return id;
    return null;
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
  const isNamed = (await store.promotions.getCoupon(id, clock()))?.name === name;
  if (isNamed || key === null || !provider.capabilities.couponChanges.has('name')) return;
  const sending = await store.promotions.sending(clock());
  const call = { intentId: randomUUID(), beforeSending: () => store.idempotencyKeys.assertLeased(lease) };
  try {
    const facts = await provider.updateCoupon?.(key.providerId, { name }, call);
    if (facts) await store.promotions.save(key, facts, await store.promotions.answered(sending));
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
  }
}

/**
 * The answer to the provider's refusal of a code for which a coupon was created first. The coupon stays for the next
 * code with the same discount, under any key: otherwise repeated tries would pile up coupons.
 */
export async function refusedOn(
  gateway: Gateway,
  coupon: Coupon,
  lease: Lease,
  failure: ProviderError,
): Promise<Conflict | InvalidInput | ProviderFailed> {
  const isGone = failure.reason === 'NOT_FOUND' && !failure.fault;
  // Includes failures other than a refusal of the input, if the provider created nothing: too many calls, a wrong API
  // key.
  const isRefused = failure.unchanged;
  const { orphanCoupons } = gateway.store;
  if (isRefused) {
    await whileLeased(gateway, lease, (db) =>
      isGone ? orphanCoupons.forget(coupon.id, db) : orphanCoupons.add(lease, db),
    );
  }
  const refused = inputFault(failure) ?? failedCreation(failure);
  return refused.kind === 'PROVIDER_FAILED' && !isGone ? providerFailed(failure, coupon) : refused;
}
