import type { Lease } from '../../domain/ledger/lease.ts';
import type { Coupon, ProviderName } from '../../domain/promotion/promotion.ts';
import { type CouponDraft, fitCoupon } from '../../domain/provider/fit-to-provider.ts';
import { type Unsupported, unsupportedBy, withoutOperation } from '../../domain/provider/unsupported.ts';
import {
  type Conflict,
  type IdempotencyConflict,
  type InvalidInput,
  invalidInput,
} from '../../domain/redemption/outcomes.ts';
import type { Gateway } from '../core/gateway.ts';
import { couponCreation } from '../provider-writes/coupon-creation.ts';
import { type Effect, effect, keyedCall, type Writer, withIdempotencyKey } from '../writes/idempotency.ts';
import { resumeWrite } from '../writes/resume-write.ts';
import { sendWrite } from '../writes/send-write.ts';
import { accountFor } from './account-for.ts';

export interface CreateCouponRequest extends CouponDraft {
  provider: ProviderName;
  /** Absent: the provider's first account. */
  account?: string;
  /** The gateway may enforce the rules that the provider cannot carry. */
  allowGatewayRules: boolean;
}

export interface CouponChanged {
  kind: 'COUPON';
  coupon: Coupon;
  replayed: boolean;
}
export type CreateCouponAnswer = CouponChanged | InvalidInput | Conflict | Unsupported | IdempotencyConflict;

/**
 * Creates a coupon at its provider.
 * @throws {ProviderError}
 */
export async function createCoupon(
  gateway: Gateway,
  writer: Writer,
  request: CreateCouponRequest,
): Promise<CreateCouponAnswer> {
  const call = keyedCall(gateway, writer, 'createCoupon', { ...request });
  const answer = await withIdempotencyKey(gateway, call, request.provider, (lease) => create(gateway, request, lease));
  return answer.kind === 'EFFECT' ? shownCoupon(gateway, answer) : answer;
}

async function create(
  gateway: Gateway,
  request: CreateCouponRequest,
  lease: Lease,
): Promise<Effect | InvalidInput | Unsupported> {
  const resumed = await resumeWrite(gateway, lease, 'createCoupon');
  if (resumed !== null) return effect(resumed);

  const provider = accountFor(gateway, request);
  if ('kind' in provider) return provider;
  if (request.expiresAt !== undefined && request.expiresAt <= gateway.clock()) {
    return invalidInput(['expiresAt'], 'OUT_OF_RANGE', 'must be in the future');
  }
  if (!provider.createCoupon) {
    return withoutOperation(provider.name, 'provider', 'has no coupons: create a promo code with `discount`');
  }
  const asked = { allowRules: request.allowGatewayRules, now: gateway.clock() };
  const { sent, rules, unsupported } = fitCoupon(request, provider.capabilities, asked);
  const refused = unsupportedBy(provider.name, unsupported);
  if (refused) return refused;

  const metadata = request.metadata ?? null;
  const write = couponCreation(gateway, provider, { operation: 'createCoupon', coupon: sent, rules, metadata });
  return effect(await sendWrite(gateway, provider, lease, write));
}

/** The coupon that a write has created or changed, as it is now. */
export async function shownCoupon(gateway: Gateway, { id, replayed }: Effect): Promise<CouponChanged> {
  const coupon = await gateway.store.promotions.getCoupon(id, gateway.clock());
  if (!coupon) throw new Error(`The coupon ${id} is not in the store`);
  return { kind: 'COUPON', coupon, replayed };
}
