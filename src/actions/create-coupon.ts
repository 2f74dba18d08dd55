import {
  type Conflict,
  type IdempotencyConflict,
  type InvalidInput,
  invalidInput,
  type ProviderFailed,
  type Unsupported,
} from '../promo/answers.ts';
import { type CouponDraft, fitCoupon } from '../promo/limits.ts';
import type { Coupon, ProviderName } from '../promo/promotion.ts';
import type { ProviderCoupon } from '../promo/provider.ts';
import { repeatCoupon } from './find-made.ts';
import type { Gateway } from './gateway.ts';
import { type Claim, keyedCall, once } from './keyed.ts';
import { answering, intentOf, ownerOf, refusedCreation, sendWrite, type Writer } from './write.ts';

export interface CreateCouponRequest extends CouponDraft {
  provider: ProviderName;
  account?: string;
  /** The gateway may enforce the rules that the provider cannot carry. */
  allowGatewayRules: boolean;
}

export interface CouponChanged {
  kind: 'COUPON';
  coupon: Coupon;
  replayed: boolean;
}
export type CreateCouponAnswer =
  | CouponChanged
  | InvalidInput
  | Conflict
  | Unsupported
  | IdempotencyConflict
  | ProviderFailed;

/** Makes a coupon at its provider and takes it in. */
export async function createCoupon(
  gateway: Gateway,
  writer: Writer,
  request: CreateCouponRequest,
): Promise<CreateCouponAnswer> {
  const call = keyedCall(writer.caller, 'createCoupon', writer.idempotencyKey, { ...request });
  return answering(
    () =>
      once<CreateCouponAnswer>(gateway, call, request.provider, {
        replay: (id) => shownCoupon(gateway, id, true),
        perform: (claim) => perform(gateway, writer, request, claim),
      }),
    refusedCreation,
  );
}

async function perform(
  gateway: Gateway,
  writer: Writer,
  request: CreateCouponRequest,
  claim: Claim,
): Promise<CreateCouponAnswer> {
  const provider = ownerOf(gateway, request);
  if ('kind' in provider) return provider;
  if (!provider.createCoupon) return { kind: 'UNSUPPORTED', provider: provider.name, fields: ['provider'] };
  const fit = fitCoupon(request, provider.limits, request.allowGatewayRules);
  if (fit.unsupported.length > 0) return { kind: 'UNSUPPORTED', provider: provider.name, fields: fit.unsupported };
  if (request.expiresAt !== undefined && request.expiresAt <= gateway.clock()) {
    return invalidInput(['expiresAt'], 'must be in the future');
  }
  const id = await sendWrite(
    gateway,
    intentOf(provider, 'createCoupon', writer),
    repeatCoupon(gateway, provider, fit.sent),
    async (sending): Promise<ProviderCoupon | undefined> => provider.createCoupon?.(fit.sent, sending),
    (facts, moment) => {
      if (!facts) throw new Error(`${provider.name} makes no coupons`);
      const owner = { provider: provider.name, account: provider.account };
      const metadata = facts.metadata === undefined ? (request.metadata ?? null) : facts.metadata;
      const saved = gateway.store.promotions.save(owner, { ...facts, metadata }, moment);
      gateway.store.promotions.setRules(saved, fit.rules);
      claim.spend(saved);
      return saved;
    },
  );
  return shownCoupon(gateway, id, false);
}

/** A coupon that a write has made or changed, as it is now. */
export function shownCoupon(gateway: Gateway, id: string, replayed: boolean): CouponChanged {
  const coupon = gateway.store.promotions.getCoupon(id, gateway.clock());
  if (!coupon) throw new Error(`The coupon ${id} is not in the store`);
  return { kind: 'COUPON', coupon, replayed };
}
