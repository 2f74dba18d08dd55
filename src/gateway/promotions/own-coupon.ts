import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { parsePromotionId } from '../../domain/promotion/identity.ts';
import type { Coupon } from '../../domain/promotion/promotion.ts';
import { completeCoupon } from '../../domain/provider/complete-answer.ts';
import {
  type NewCoupon,
  type NewPromoCode,
  type Provider,
  type ProviderCoupon,
  ProviderError,
} from '../../domain/provider/provider.ts';
import {
  type Conflict,
  type InvalidInput,
  type ProviderFailed,
  providerFailed,
} from '../../domain/redemption/results.ts';
import type { IdempotencyKey, Lease } from '../../store/writes/idempotency-keys.ts';
import type { WriteRequestOf } from '../../store/writes/write-request.ts';
import { failedCreation, inputFault } from '../core/as-answer.ts';
import type { Gateway } from '../core/gateway.ts';
import { findMadeCoupon } from '../writes/find-made.ts';
import { sendWrite, type Write, whileHeld } from '../writes/send-write.ts';
import { asNew, couponCreation } from './create-coupon.ts';

/*
 * The coupon of a promo code that has terms of its own, at a provider whose codes need one.
 */

/**
 * The coupon for a promo code with terms of its own: the one that an earlier call under the same key made, one that is
 * left over of a code which was refused, or a new one.
 */
export async function makeCoupon(
  gateway: Gateway,
  provider: Provider,
  { code, terms, customerId }: NewPromoCode,
  lease: Lease,
): Promise<{ coupon: Coupon | null; isNew: boolean } | null> {
  if (!('discount' in terms)) return null;
  const { pendingWrites, promotions } = gateway.store;
  const coupon = { name: code.slice(0, provider.capabilities.couponNameLength), ...terms };
  const request = { operation: 'createPromoCode.coupon' as const, coupon, code, customerId };
  const left = pendingWrites.couponCreatedBy(lease) ?? leftOverCoupon(gateway, provider, lease, { coupon, code });
  const write = ownCouponCreation(gateway, provider, lease, request);
  const made = left ?? (await sendWrite(gateway, provider, lease, write));
  if (left !== null) await rename(gateway, provider, lease, { id: left, name: coupon.name });
  return { coupon: promotions.getCoupon(made, gateway.clock()), isNew: left === null };
}

function leftOverCoupon(
  { store, clock }: Gateway,
  { name: provider, account }: Provider,
  call: Lease,
  { coupon, code }: { coupon: NewCoupon; code: string },
): string | null {
  // A coupon of this call's own may be there, and nobody knows yet.
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
 * A coupon that is left over bears the name of the code that was refused. The new name changes nothing that it grants and
 * may be sent twice, so it needs no intent, and a failure does not keep the code from being made.
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

/** The write that makes the coupon of a promo code with terms of its own. */
export function ownCouponCreation(
  gateway: Gateway,
  provider: Provider,
  call: IdempotencyKey,
  request: WriteRequestOf<'createPromoCode.coupon'>,
): Write<ProviderCoupon> {
  const { coupon, code, before } = request;
  const whole = { operation: 'createCoupon' as const, coupon, rules: {}, metadata: null, before };
  const { look } = findMadeCoupon(gateway, provider, request);
  const owner = { provider: provider.name, account: provider.account };
  return {
    ...couponCreation(gateway, provider, whole),
    request,
    look: async () => ({ ...request, before: await look() }),
    isWhole: false,
    record: (facts, moment) => {
      const made = asNew(completeCoupon(facts, coupon), moment);
      const couponId = gateway.store.promotions.save(owner, made, moment);
      gateway.store.pendingWrites.recordCoupon({ ...owner, call }, { code, couponId }, gateway.clock());
      return couponId;
    },
  };
}

/**
 * What the provider's refusal of a code means, for which a coupon was made first. The coupon is left over for the next try,
 * under whichever key, so that tries do not pile coupons up.
 */
export function refusedOn(
  gateway: Gateway,
  coupon: Coupon,
  lease: Lease,
  failure: ProviderError,
): Conflict | InvalidInput | ProviderFailed {
  const isGone = failure.reason === 'NOT_FOUND' && !failure.fault;
  // Also where the provider had too many calls or did not take the key: it made nothing.
  const isRefused = failure.unchanged;
  const { orphanCoupons } = gateway.store;
  if (isRefused) {
    whileHeld(gateway, lease, () => (isGone ? orphanCoupons.forget(coupon.id) : orphanCoupons.add(lease)));
  }
  const refused = inputFault(failure) ?? failedCreation(failure);
  return refused.kind === 'PROVIDER_FAILED' && !isGone ? providerFailed(failure, coupon) : refused;
}
