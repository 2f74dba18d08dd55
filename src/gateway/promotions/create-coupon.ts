import type { Coupon, ProviderName } from '../../domain/promotion/promotion.ts';
import { completeCoupon } from '../../domain/provider/complete-answer.ts';
import { type CouponDraft, fitCoupon } from '../../domain/provider/fit-to-provider.ts';
import type { Provider, ProviderCoupon, ProviderPromoCode } from '../../domain/provider/provider.ts';
import {
  type Conflict,
  type IdempotencyConflict,
  type InvalidInput,
  invalidInput,
  type Unsupported,
} from '../../domain/redemption/results.ts';
import type { AnswerMoment } from '../../store/promotions/answer-moment.ts';
import type { Lease } from '../../store/writes/idempotency-keys.ts';
import type { WriteRequestOf } from '../../store/writes/write-request.ts';
import type { Gateway } from '../core/gateway.ts';
import { findMadeCoupon } from '../writes/find-made.ts';
import { keyedCall, once, type Writer } from '../writes/idempotency.ts';
import { sendWrite, type Write } from '../writes/send-write.ts';
import { settleLeft } from '../writes/settle-pending-write.ts';
import { ownerOf } from '../writes/write.ts';

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
export type CreateCouponAnswer = CouponChanged | InvalidInput | Conflict | Unsupported | IdempotencyConflict;

/** Makes a coupon at its provider and takes it in. */
export async function createCoupon(
  gateway: Gateway,
  writer: Writer,
  request: CreateCouponRequest,
): Promise<CreateCouponAnswer> {
  const call = keyedCall(gateway, writer, 'createCoupon', { ...request });
  return once<CreateCouponAnswer>(gateway, call, request.provider, {
    replay: (id) => shownCoupon(gateway, id, true),
    perform: async (lease) => {
      const settled = await settleLeft(gateway, lease, 'createCoupon', (provider, left) =>
        couponCreation(gateway, provider, left),
      );
      return settled === null ? perform(gateway, lease, request) : shownCoupon(gateway, settled, false);
    },
  });
}

async function perform(gateway: Gateway, lease: Lease, request: CreateCouponRequest): Promise<CreateCouponAnswer> {
  const provider = ownerOf(gateway, request);
  if ('kind' in provider) return provider;
  if (request.expiresAt !== undefined && request.expiresAt <= gateway.clock()) {
    return invalidInput(['expiresAt'], 'must be in the future');
  }
  if (!provider.createCoupon) return { kind: 'UNSUPPORTED', provider: provider.name, fields: ['provider'] };
  const asked = { allowRules: request.allowGatewayRules, now: gateway.clock() };
  const fit = fitCoupon(request, provider.capabilities, asked);
  if (fit.unsupported.length > 0) return { kind: 'UNSUPPORTED', provider: provider.name, fields: fit.unsupported };
  const write = couponCreation(gateway, provider, {
    operation: 'createCoupon',
    coupon: fit.sent,
    rules: fit.rules,
    metadata: request.metadata ?? null,
  });
  return shownCoupon(gateway, await sendWrite(gateway, provider, lease, write), false);
}

/** The write that makes a coupon. */
export function couponCreation(
  gateway: Gateway,
  provider: Provider,
  request: WriteRequestOf<'createCoupon'>,
): Write<ProviderCoupon> {
  const { promotions } = gateway.store;
  const owner = { provider: provider.name, account: provider.account };
  const { look, ...finding } = findMadeCoupon(gateway, provider, request);
  return {
    request,
    ...finding,
    look: async () => ({ ...request, before: await look() }),
    send: async (sending) => {
      if (!provider.createCoupon) throw new Error(`${provider.name} makes no coupons`);
      return provider.createCoupon(request.coupon, sending);
    },
    record: (facts, moment) => {
      const metadata = facts.metadata === undefined ? request.metadata : facts.metadata;
      const made = completeCoupon({ ...facts, metadata }, request.coupon);
      const id = promotions.save(owner, asNew(made, moment), moment);
      promotions.setRules(id, request.rules, moment.sentAt);
      if (facts.metadata === undefined) promotions.setMetadata(id, request.metadata, moment.sentAt);
      return id;
    },
  };
}

/** What was made just now has not been used, also where the provider's answer leaves the count out. */
export function asNew<Facts extends ProviderCoupon | ProviderPromoCode>(facts: Facts, { as }: AnswerMoment): Facts {
  const { redeemedCount = as === 'PROOF' ? undefined : 0 } = facts;
  return { ...facts, redeemedCount };
}

/** A coupon that a write has made or changed, as it is now. */
export function shownCoupon(gateway: Gateway, id: string, replayed: boolean): CouponChanged {
  const coupon = gateway.store.promotions.getCoupon(id, gateway.clock());
  if (!coupon) throw new Error(`The coupon ${id} is not in the store`);
  return { kind: 'COUPON', coupon, replayed };
}
