import { randomCode } from '../../domain/codes/code.ts';
import { parsePromotionId } from '../../domain/promotion/identity.ts';
import type { Coupon, PromoCode, Promotion, ProviderName, StatedDiscount } from '../../domain/promotion/promotion.ts';
import { completePromoCode } from '../../domain/provider/complete-answer.ts';
import { type FittedDraft, fitPromoCode, type PromoCodeDraft } from '../../domain/provider/fit-to-provider.ts';
import {
  type NewPromoCode,
  type Provider,
  ProviderError,
  type ProviderPromoCode,
} from '../../domain/provider/provider.ts';
import {
  type Conflict,
  conflict,
  type IdempotencyConflict,
  type InvalidInput,
  invalidInput,
  type NotFound,
  notFound,
  type ProviderFailed,
  type Unsupported,
} from '../../domain/redemption/results.ts';
import type { IdempotentCall, Lease } from '../../store/writes/idempotency-keys.ts';
import { CodeBeingCreatedError, CodeTakenError } from '../../store/writes/pending-writes.ts';
import type { WriteRequestOf } from '../../store/writes/write-request.ts';
import type { Gateway } from '../core/gateway.ts';
import { readPromotion } from '../reading/read-promotion.ts';
import { findMadePromoCode } from '../writes/find-made.ts';
import { keyedCall, once, type Writer } from '../writes/idempotency.ts';
import { sendWrite, type Write, whileHeld } from '../writes/send-write.ts';
import { settleLeft } from '../writes/settle-pending-write.ts';
import { ownerOf } from '../writes/write.ts';
import { codeTaken, takenBy } from './code-taken.ts';
import { asNew } from './create-coupon.ts';
import { makeCoupon, ownCouponCreation, refusedOn } from './own-coupon.ts';

export interface CreatePromoCodeRequest extends Omit<PromoCodeDraft, 'code'> {
  provider: ProviderName;
  account?: string;
  /** Trimmed. Absent: the gateway makes one. */
  code?: string;
  /** A coupon by our id, or a discount of its own. */
  terms: { discount: StatedDiscount } | { couponId: string };
  /** The gateway may enforce the rules that the provider cannot carry. */
  allowGatewayRules: boolean;
}

export interface PromoCodeChanged {
  kind: 'PROMO_CODE';
  promoCode: PromoCode;
  replayed: boolean;
}
export type Refused = InvalidInput | NotFound | Conflict | Unsupported | ProviderFailed;
export type CreatePromoCodeAnswer = PromoCodeChanged | Refused | IdempotencyConflict;

/**
 * Makes a promo code at its provider and takes it in. Where the provider's codes need a coupon, terms of its own make
 * the coupon first; the answer to a failure between the two names that coupon, and a repeat goes on from it.
 */
export async function createPromoCode(
  gateway: Gateway,
  writer: Writer,
  request: CreatePromoCodeRequest,
): Promise<CreatePromoCodeAnswer> {
  const call = keyedCall(gateway, writer, 'createPromoCode', { ...request });
  return once<CreatePromoCodeAnswer>(gateway, call, request.provider, {
    replay: (id) => shownPromoCode(gateway, id, true),
    perform: (lease) => settleOrPerform(gateway, lease, request),
  });
}

/** What an earlier call has made is the answer; a coupon that it has made for its code is gone on from. */
async function settleOrPerform(
  gateway: Gateway,
  lease: IdempotentCall & Lease,
  request: CreatePromoCodeRequest,
): Promise<PromoCodeChanged | Refused> {
  const settled = await settleLeft(gateway, lease, 'createPromoCode', (provider, left) =>
    promoCodeCreation(gateway, provider, left),
  );
  if (settled !== null) return shownPromoCode(gateway, settled, false);
  await settleLeft(gateway, lease, 'createPromoCode.coupon', (provider, left) =>
    ownCouponCreation(gateway, provider, lease, left),
  );
  return perform(gateway, lease, request);
}

async function perform(
  gateway: Gateway,
  lease: IdempotentCall & Lease,
  request: CreatePromoCodeRequest,
): Promise<PromoCodeChanged | Refused> {
  const provider = ownerOf(gateway, request);
  if ('kind' in provider) return provider;
  if (request.expiresAt !== undefined && request.expiresAt <= gateway.clock()) {
    return invalidInput(['expiresAt'], 'must be in the future');
  }
  const { pendingWrites, idempotencyKeys } = gateway.store;
  // Fixed before anything is sent, so that no repeat, in whichever process, makes a second code.
  const code = request.code ?? idempotencyKeys.fixCode(lease, () => pendingWrites.codeCreatedBy(lease) ?? randomCode());
  const terms = 'couponId' in request.terms ? providerCoupon(provider, request.terms.couponId) : request.terms;
  if ('kind' in terms) return terms;
  const asked = { allowRules: request.allowGatewayRules, now: gateway.clock() };
  const fit = fitPromoCode({ ...request, code, terms }, provider.capabilities, asked);
  const unsupported = unsupportedFields(provider, fit);
  if (unsupported.length > 0) return { kind: 'UNSUPPORTED', provider: provider.name, fields: unsupported };
  const obstacle =
    (await unusableCoupon(gateway, provider, request, fit)) ?? (await takenBy(gateway, provider, fit.sent, lease));
  return obstacle ?? make(gateway, provider, fit, { request, lease });
}

/** The coupon that a request names, by the provider's id. */
function providerCoupon({ name, account }: Provider, couponId: string): { couponId: string } | InvalidInput | NotFound {
  const key = parsePromotionId(couponId);
  if (key?.kind !== 'Coupon') return notFound('No such coupon');
  return key.provider === name && key.account === account
    ? { couponId: key.providerId }
    : invalidInput(['couponId'], 'is a coupon of another provider account');
}

function unsupportedFields(provider: Provider, fit: FittedDraft<NewPromoCode>): string[] {
  if (!provider.createPromoCode) return ['provider'];
  const isCarried =
    'couponId' in fit.sent.terms || provider.capabilities.promoCodeFields.has('discount') || provider.createCoupon;
  return isCarried ? fit.unsupported : ['discount', ...fit.unsupported];
}

async function unusableCoupon(
  gateway: Gateway,
  { capabilities }: Provider,
  { terms }: CreatePromoCodeRequest,
  { sent }: FittedDraft<NewPromoCode>,
): Promise<NotFound | Conflict | InvalidInput | null> {
  if (!('couponId' in terms)) return null;
  const coupon = await readPromotion(gateway, terms.couponId, 'JUDGED');
  if (!coupon) return notFound('No such coupon');
  const isUsable = coupon.status === 'ACTIVE' || coupon.status === 'SCHEDULED';
  if (!isUsable) return conflict(`The coupon is ${coupon.status}: it takes no more promo codes`);
  return capabilities.codesStayWithinCoupon ? beyondCoupon(coupon, sent) : null;
}

/** What of a promo code passes its coupon, at a provider that does not take that. */
function beyondCoupon(coupon: Promotion, { maxRedemptions, expiresAt }: NewPromoCode): InvalidInput | null {
  if (maxRedemptions !== undefined && coupon.maxRedemptions !== null && maxRedemptions > coupon.maxRedemptions) {
    return invalidInput(['maxRedemptions'], `must not be above its coupon's limit of ${coupon.maxRedemptions}`);
  }
  // Such a provider keeps whole seconds.
  if (expiresAt !== undefined && coupon.expiresAt !== null && expiresAt - (expiresAt % 1000) > coupon.expiresAt) {
    return invalidInput(['expiresAt'], "must not be after its coupon's end");
  }
  return null;
}

async function make(
  gateway: Gateway,
  provider: Provider,
  fit: FittedDraft<NewPromoCode>,
  { request, lease }: { request: CreatePromoCodeRequest; lease: Lease },
): Promise<PromoCodeChanged | Conflict | InvalidInput | ProviderFailed> {
  const needsCoupon = 'discount' in fit.sent.terms && !provider.capabilities.promoCodeFields.has('discount');
  let coupon: Coupon | null = null;
  try {
    const own = needsCoupon ? await makeCoupon(gateway, provider, fit.sent, lease) : null;
    coupon = own?.coupon ?? null;
    const write = promoCodeCreation(gateway, provider, {
      operation: 'createPromoCode',
      promoCode: coupon ? { ...fit.sent, terms: { couponId: coupon.providerId } } : fit.sent,
      rules: fit.rules,
      metadata: request.metadata ?? null,
      // A coupon that was made just now has no codes.
      ...(own?.isNew && { before: { ids: [], newest: null, isAll: true } }),
    });
    return shownPromoCode(gateway, await sendWrite(gateway, provider, lease, write), false);
  } catch (error) {
    if (error instanceof CodeBeingCreatedError || error instanceof CodeTakenError) {
      if (coupon) whileHeld(gateway, lease, () => gateway.store.orphanCoupons.add(lease));
      return error instanceof CodeTakenError ? codeTaken() : conflict('The code is being created');
    }
    if (coupon && error instanceof ProviderError) return refusedOn(gateway, coupon, lease, error);
    throw error;
  }
}

/** The write that makes a promo code, on a coupon that is there or with terms of its own. */
export function promoCodeCreation(
  gateway: Gateway,
  provider: Provider,
  request: WriteRequestOf<'createPromoCode'>,
): Write<ProviderPromoCode> {
  const { promotions } = gateway.store;
  const { promoCode } = request;
  const owner = { provider: provider.name, account: provider.account };
  const { look, ...finding } = findMadePromoCode(gateway, provider, request);
  return {
    request,
    ...finding,
    look: async () => ({ ...request, before: request.before ?? (await look()) }),
    send: async (sending) => {
      if (!provider.createPromoCode) throw new Error(`${provider.name} makes no promo codes`);
      return provider.createPromoCode(promoCode, sending);
    },
    record: (facts, moment) => {
      const metadata = facts.metadata === undefined ? request.metadata : facts.metadata;
      const made = completePromoCode({ ...facts, metadata }, promoCode);
      const id = promotions.save(owner, asNew(made, moment), moment);
      promotions.setRules(id, request.rules, moment.sentAt);
      if (facts.metadata === undefined) promotions.setMetadata(id, request.metadata, moment.sentAt);
      return id;
    },
    follow: () => gateway.unknownCodes.forget(provider, promoCode.code),
  };
}

/** A promo code that a write has made or changed, as it is now. */
export function shownPromoCode(gateway: Gateway, id: string, replayed: boolean): PromoCodeChanged {
  const promoCode = gateway.store.promotions.getPromoCode(id, gateway.clock());
  if (!promoCode) throw new Error(`The promo code ${id} is not in the store`);
  return { kind: 'PROMO_CODE', promoCode, replayed };
}
