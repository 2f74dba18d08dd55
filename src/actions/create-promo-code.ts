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
import { CodeBeingMade, CodeTaken } from '../store/intents.ts';
import type { KeyedCall, Lease, OwnedKey } from '../store/keys.ts';
import type { WriteRequestOf } from '../store/write-request.ts';
import { codeTaken, takenBy } from './code-taken.ts';
import { asNew, couponCreation } from './create-coupon.ts';
import { findMadeCoupon, findMadePromoCode } from './find-made.ts';
import type { Gateway } from './gateway.ts';
import { keyedCall, once, type Writer } from './keyed.ts';
import { readPromotion } from './read-promotion.ts';
import { sendWrite, type Write, whileHeld } from './send-write.ts';
import { settleLeft } from './settle-left.ts';
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
        perform: (lease) => settleOrPerform(gateway, lease, request),
      }),
    refusedChange,
  );
}

/** What an earlier call has made is the answer; a coupon that it has made for its code is gone on from. */
async function settleOrPerform(
  gateway: Gateway,
  lease: KeyedCall & Lease,
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
  lease: KeyedCall & Lease,
  request: CreatePromoCodeRequest,
): Promise<PromoCodeChanged | Refused> {
  const provider = ownerOf(gateway, request);
  if ('kind' in provider) return provider;
  const { intents, keys } = gateway.store;
  // Fixed before anything is sent, so that no repeat, in whichever process, makes a second code.
  const code = request.code ?? keys.fixCode(lease, () => intents.codeLeftBy(lease) ?? randomCode());
  const terms = 'couponId' in request.terms ? providerCoupon(provider, request.terms.couponId) : request.terms;
  if ('kind' in terms) return terms;
  const fit = fitPromoCode({ ...request, code, terms }, provider.limits, request.allowGatewayRules);
  const unsupported = unsupportedFields(provider, fit);
  if (unsupported.length > 0) return { kind: 'UNSUPPORTED', provider: provider.name, fields: unsupported };
  if (request.expiresAt !== undefined && request.expiresAt <= gateway.clock()) {
    return invalidInput(['expiresAt'], 'must be in the future');
  }
  const obstacle = (await unusableCoupon(gateway, request)) ?? (await takenBy(gateway, provider, fit.sent, lease));
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
  { request, lease }: { request: CreatePromoCodeRequest; lease: Lease },
): Promise<PromoCodeChanged | Conflict | ProviderFailed> {
  const needsCoupon = 'discount' in fit.sent.terms && !provider.limits.promoCodeFields.has('discount');
  let coupon: Coupon | null = null;
  try {
    const left = gateway.store.intents.couponLeftBy(lease);
    coupon = needsCoupon ? await makeCoupon(gateway, provider, fit.sent, { left, lease }) : null;
    const write = promoCodeCreation(gateway, provider, {
      operation: 'createPromoCode',
      promoCode: coupon ? { ...fit.sent, terms: { couponId: coupon.providerId } } : fit.sent,
      rules: fit.rules,
      metadata: request.metadata ?? null,
      // A coupon that was made just now has no codes.
      ...(coupon && left === null && { before: { ids: [], newest: null, isAll: true } }),
    });
    return shownPromoCode(gateway, await sendWrite(gateway, provider, lease, write), false);
  } catch (error) {
    if (error instanceof CodeBeingMade) return conflict('The code is being created');
    if (error instanceof CodeTaken) return codeTaken();
    if (coupon && error instanceof ProviderFailure) {
      // Its coupon has gone meanwhile, so that a repeat has to make another one.
      if (error.reason === 'NOT_FOUND' && error.unchanged) forgetCoupon(gateway, lease);
      return providerFailed(error, coupon);
    }
    throw error;
  }
}

function forgetCoupon(gateway: Gateway, lease: Lease): void {
  whileHeld(gateway, lease, () => gateway.store.intents.forgetCoupon(lease));
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
  { code, terms, customerId }: NewPromoCode,
  { left, lease }: { left: string | null; lease: Lease },
): Promise<Coupon | null> {
  if (!('discount' in terms)) return null;
  const coupon = { name: code.slice(0, provider.limits.couponNameLength), ...terms };
  const write = ownCouponCreation(gateway, provider, lease, {
    operation: 'createPromoCode.coupon',
    coupon,
    code,
    customerId,
  });
  const made = left ?? (await sendWrite(gateway, provider, lease, write));
  return gateway.store.promotions.getCoupon(made, gateway.clock());
}

/** The write that makes the coupon of a promo code with terms of its own. */
export function ownCouponCreation(
  gateway: Gateway,
  provider: Provider,
  call: OwnedKey,
  request: WriteRequestOf<'createPromoCode.coupon'>,
): Write<ProviderCoupon> {
  const { coupon, code, before } = request;
  const whole = couponCreation(gateway, provider, {
    operation: 'createCoupon',
    coupon,
    rules: {},
    metadata: null,
    before,
  });
  const { look } = findMadeCoupon(gateway, provider, request);
  const owner = { provider: provider.name, account: provider.account };
  return {
    ...whole,
    request,
    look: async () => ({ ...request, before: await look() }),
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
