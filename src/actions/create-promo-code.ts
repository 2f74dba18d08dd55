import {
  type Conflict,
  conflict,
  type IdempotencyConflict,
  type InvalidInput,
  invalidInput,
  type NotFound,
  notFound,
  type ProviderFailed,
  providerFailed,
  type Unsupported,
} from '../promo/answers.ts';
import { randomCode } from '../promo/code.ts';
import { parsePromotionId } from '../promo/identity.ts';
import { withLeftOut } from '../promo/left-out.ts';
import { type Fit, fitPromoCode, type PromoCodeDraft } from '../promo/limits.ts';
import type { Coupon, PromoCode, ProviderName, StatedDiscount } from '../promo/promotion.ts';
import {
  type NewPromoCode,
  type Provider,
  type ProviderCoupon,
  ProviderFailure,
  type ProviderPromoCode,
} from '../promo/provider.ts';
import { CodeBeingMade } from '../store/intents.ts';
import type { KeyedCall, OwnedKey } from '../store/keys.ts';
import type { WriteRequestOf } from '../store/write-request.ts';
import { takenBy } from './code-taken.ts';
import { asNew, couponCreation } from './create-coupon.ts';
import { findMadePromoCode } from './find-made.ts';
import type { Gateway } from './gateway.ts';
import { keyedCall, once, type Writer } from './keyed.ts';
import { readPromotion } from './read-promotion.ts';
import { sendWrite, type Write } from './send-write.ts';
import { answering, ownerOf, refusedChange } from './write.ts';

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
  const call = keyedCall(writer, 'createPromoCode', { ...request });
  return answering(
    'createPromoCode',
    () =>
      once<CreatePromoCodeAnswer>(gateway, call, request.provider, {
        replay: (id) => shownPromoCode(gateway, id, true),
        perform: () => perform(gateway, call, request),
      }),
    refusedChange,
  );
}

async function perform(
  gateway: Gateway,
  call: KeyedCall,
  request: CreatePromoCodeRequest,
): Promise<PromoCodeChanged | Refused> {
  const provider = ownerOf(gateway, request);
  if ('kind' in provider) return provider;
  const code = request.code ?? gateway.store.intents.codeLeftBy(call) ?? randomCode();
  const terms = 'couponId' in request.terms ? providerCoupon(provider, request.terms.couponId) : request.terms;
  if ('kind' in terms) return terms;
  const fit = fitPromoCode({ ...request, code, terms }, provider.limits, request.allowGatewayRules);
  const unsupported = unsupportedFields(provider, fit);
  if (unsupported.length > 0) return { kind: 'UNSUPPORTED', provider: provider.name, fields: unsupported };
  if (request.expiresAt !== undefined && request.expiresAt <= gateway.clock()) {
    return invalidInput(['expiresAt'], 'must be in the future');
  }
  // A write that was sent before may have made the very code that would stand in its way.
  const isRepeat = gateway.store.intents.sentBefore(call, 'createPromoCode') !== null;
  const obstacle = isRepeat
    ? null
    : ((await unusableCoupon(gateway, request)) ?? (await takenBy(gateway, provider, fit.sent, call)));
  return obstacle ?? make(gateway, provider, fit, { request, call });
}

/** The coupon that a request names, by the provider's id. */
function providerCoupon({ name, account }: Provider, couponId: string): { couponId: string } | InvalidInput | NotFound {
  const key = parsePromotionId(couponId);
  if (key?.kind !== 'Coupon') return notFound('No such coupon');
  return key.provider === name && key.account === account
    ? { couponId: key.providerId }
    : invalidInput(['couponId'], 'is a coupon of another provider account');
}

function unsupportedFields(provider: Provider, fit: Fit<NewPromoCode>): string[] {
  if (!provider.createPromoCode) return ['provider'];
  const isCarried =
    'couponId' in fit.sent.terms || provider.limits.promoCodeFields.has('discount') || provider.createCoupon;
  return isCarried ? fit.unsupported : ['discount', ...fit.unsupported];
}

async function unusableCoupon(
  gateway: Gateway,
  { terms }: CreatePromoCodeRequest,
): Promise<NotFound | Conflict | null> {
  if (!('couponId' in terms)) return null;
  const coupon = await readPromotion(gateway, terms.couponId, 'JUDGED');
  if (!coupon) return notFound('No such coupon');
  const isUsable = coupon.status === 'ACTIVE' || coupon.status === 'SCHEDULED';
  return isUsable ? null : conflict(`The coupon is ${coupon.status}: it takes no more promo codes`);
}

async function make(
  gateway: Gateway,
  provider: Provider,
  fit: Fit<NewPromoCode>,
  { request, call }: { request: CreatePromoCodeRequest; call: KeyedCall },
): Promise<PromoCodeChanged | Conflict | ProviderFailed> {
  const needsCoupon = 'discount' in fit.sent.terms && !provider.limits.promoCodeFields.has('discount');
  let coupon: Coupon | null = null;
  try {
    coupon = needsCoupon ? await makeCoupon(gateway, provider, fit.sent, call) : null;
    const write = promoCodeCreation(gateway, provider, {
      operation: 'createPromoCode',
      promoCode: coupon ? { ...fit.sent, terms: { couponId: coupon.providerId } } : fit.sent,
      rules: fit.rules,
      metadata: request.metadata ?? null,
    });
    return shownPromoCode(gateway, await sendWrite(gateway, provider, call, write), false);
  } catch (error) {
    if (error instanceof CodeBeingMade) return conflict('The code is being created');
    if (coupon && error instanceof ProviderFailure) return providerFailed(error, coupon);
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
  return {
    request,
    ...findMadePromoCode(provider, promoCode),
    send: async (sending) => {
      if (!provider.createPromoCode) throw new Error(`${provider.name} makes no promo codes`);
      return provider.createPromoCode(promoCode, sending);
    },
    record: (facts, moment) => {
      const metadata = facts.metadata === undefined ? request.metadata : facts.metadata;
      const made = withLeftOut({ ...facts, metadata }, promoCode);
      const id = promotions.save(owner, asNew(made, moment), moment);
      promotions.setRules(id, request.rules, moment.sentAt);
      return id;
    },
    follow: () => gateway.askedCodes.forget(provider, promoCode.code),
  };
}

/** The coupon for a promo code with terms of its own: the one that an earlier call under the same key made, or a new one. */
async function makeCoupon(
  gateway: Gateway,
  provider: Provider,
  { code, terms }: NewPromoCode,
  call: OwnedKey,
): Promise<Coupon | null> {
  if (!('discount' in terms)) return null;
  const coupon = { name: code.slice(0, provider.limits.couponNameLength), ...terms };
  const write = ownCouponCreation(gateway, provider, call, { operation: 'createPromoCode.coupon', coupon, code });
  const made = gateway.store.intents.couponLeftBy(call) ?? (await sendWrite(gateway, provider, call, write));
  return gateway.store.promotions.getCoupon(made, gateway.clock());
}

/** The write that makes the coupon of a promo code with terms of its own. */
export function ownCouponCreation(
  gateway: Gateway,
  provider: Provider,
  call: OwnedKey,
  request: WriteRequestOf<'createPromoCode.coupon'>,
): Write<ProviderCoupon> {
  const { coupon, code } = request;
  const owner = { provider: provider.name, account: provider.account };
  return {
    ...couponCreation(gateway, provider, { operation: 'createCoupon', coupon, rules: {}, metadata: null }),
    request,
    isWhole: false,
    record: (facts, moment) => {
      const couponId = gateway.store.promotions.save(owner, facts, moment);
      gateway.store.intents.rememberCoupon({ ...owner, call }, { code, couponId }, gateway.clock());
      return couponId;
    },
  };
}

/** A promo code that a write has made or changed, as it is now. */
export function shownPromoCode(gateway: Gateway, id: string, replayed: boolean): PromoCodeChanged {
  const promoCode = gateway.store.promotions.getPromoCode(id, gateway.clock());
  if (!promoCode) throw new Error(`The promo code ${id} is not in the store`);
  return { kind: 'PROMO_CODE', promoCode, replayed };
}
