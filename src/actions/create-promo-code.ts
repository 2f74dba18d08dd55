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
import { type Fit, fitPromoCode, type PromoCodeDraft } from '../promo/limits.ts';
import type { Coupon, Discount, PromoCode, ProviderName } from '../promo/promotion.ts';
import { type NewPromoCode, type Provider, ProviderFailure } from '../promo/provider.ts';
import type { NewIntent } from '../store/intents.ts';
import { takenBy } from './code-taken.ts';
import { repeatCoupon, repeatPromoCode } from './find-made.ts';
import type { Gateway } from './gateway.ts';
import { type Claim, keyedCall, once } from './keyed.ts';
import { readPromotion } from './read-promotion.ts';
import { answering, intentOf, ownerOf, refusedChange, sendWrite, type Writer } from './write.ts';

export interface CreatePromoCodeRequest extends Omit<PromoCodeDraft, 'code'> {
  provider: ProviderName;
  account?: string;
  /** Trimmed. Absent: the gateway makes one. */
  code?: string;
  /** A coupon by our id, or a discount of its own. */
  terms: { discount: Discount } | { couponId: string };
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
  const call = keyedCall(writer.caller, 'createPromoCode', writer.idempotencyKey, { ...request });
  return answering(
    () =>
      once<CreatePromoCodeAnswer>(gateway, call, request.provider, {
        replay: (id) => shownPromoCode(gateway, id, true),
        perform: (claim) => perform(gateway, writer, request, claim),
      }),
    refusedChange,
  );
}

async function perform(
  gateway: Gateway,
  writer: Writer,
  request: CreatePromoCodeRequest,
  claim: Claim,
): Promise<PromoCodeChanged | Refused> {
  const provider = ownerOf(gateway, request);
  if ('kind' in provider) return provider;
  const plan = intentOf(provider, 'createPromoCode', writer);
  const code = request.code ?? gateway.store.intents.codeLeftBy(plan) ?? randomCode();
  const terms = 'couponId' in request.terms ? providerCoupon(provider, request.terms.couponId) : request.terms;
  if ('kind' in terms) return terms;
  const fit = fitPromoCode({ ...request, code, terms }, provider.limits, request.allowGatewayRules);
  const unsupported = unsupportedFields(provider, fit);
  if (unsupported.length > 0) return { kind: 'UNSUPPORTED', provider: provider.name, fields: unsupported };
  if (request.expiresAt !== undefined && request.expiresAt <= gateway.clock()) {
    return invalidInput(['expiresAt'], 'must be in the future');
  }
  const intent = { ...plan, code };
  // A write that was sent before may have made the very code that would stand in its way.
  const isRepeat = gateway.store.intents.sentBefore(intent) !== null;
  const obstacle = isRepeat
    ? null
    : ((await unusableCoupon(gateway, request)) ?? (await takenBy(gateway, provider, fit.sent, intent)));
  return obstacle ?? make(gateway, provider, fit, { request, intent, claim });
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
  const coupon = await readPromotion(gateway, terms.couponId, 'CACHED');
  if (!coupon) return notFound('No such coupon');
  const isUsable = coupon.status === 'ACTIVE' || coupon.status === 'SCHEDULED';
  return isUsable ? null : conflict(`The coupon is ${coupon.status}: it takes no more promo codes`);
}

async function make(
  gateway: Gateway,
  provider: Provider,
  fit: Fit<NewPromoCode>,
  { request, intent, claim }: { request: CreatePromoCodeRequest; intent: NewIntent; claim: Claim },
): Promise<PromoCodeChanged | ProviderFailed> {
  const needsCoupon = 'discount' in fit.sent.terms && !provider.limits.promoCodeFields.has('discount');
  const coupon = needsCoupon ? await makeCoupon(gateway, provider, fit.sent, intent) : null;
  if (coupon) claim.keep();
  const sent = coupon ? { ...fit.sent, terms: { couponId: coupon.providerId } } : fit.sent;
  try {
    const id = await sendWrite(
      gateway,
      intent,
      repeatPromoCode(provider, sent),
      async (sending) => provider.createPromoCode?.(sent, sending),
      (facts, moment) => {
        if (!facts) throw new Error(`${provider.name} makes no promo codes`);
        const owner = { provider: provider.name, account: provider.account };
        const metadata = facts.metadata === undefined ? (request.metadata ?? null) : facts.metadata;
        const saved = gateway.store.promotions.save(owner, { ...facts, metadata }, moment);
        gateway.store.promotions.setRules(saved, fit.rules);
        claim.spend(saved);
        return saved;
      },
    );
    gateway.unknownCodes.forget(provider, intent.code ?? '');
    return shownPromoCode(gateway, id, false);
  } catch (error) {
    if (coupon && error instanceof ProviderFailure) return providerFailed(error, coupon);
    throw error;
  }
}

/** The coupon for a promo code with terms of its own: the one that an earlier call under the same key made, or a new one. */
async function makeCoupon(
  gateway: Gateway,
  provider: Provider,
  { code, terms }: NewPromoCode,
  intent: NewIntent,
): Promise<Coupon | null> {
  const { promotions, intents } = gateway.store;
  if (!('discount' in terms)) return null;
  const coupon = { name: code.slice(0, provider.limits.couponNameLength), ...terms };
  const made =
    intents.couponLeftBy(intent) ??
    (await sendWrite(
      gateway,
      { ...intent, operation: 'createPromoCode.coupon', code: null },
      repeatCoupon(gateway, provider, coupon),
      async (sending) => provider.createCoupon?.(coupon, sending),
      (facts, moment) => {
        if (!facts) throw new Error(`${provider.name} makes no coupons`);
        const saved = promotions.save({ provider: provider.name, account: provider.account }, facts, moment);
        intents.rememberCoupon(intent, saved, gateway.clock());
        return saved;
      },
    ));
  return promotions.getCoupon(made, gateway.clock());
}

/** A promo code that a write has made or changed, as it is now. */
export function shownPromoCode(gateway: Gateway, id: string, replayed: boolean): PromoCodeChanged {
  const promoCode = gateway.store.promotions.getPromoCode(id, gateway.clock());
  if (!promoCode) throw new Error(`The promo code ${id} is not in the store`);
  return { kind: 'PROMO_CODE', promoCode, replayed };
}
