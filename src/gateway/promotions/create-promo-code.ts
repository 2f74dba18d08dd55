import { randomCode } from '../../domain/codes/code.ts';
import type { IdempotentCall } from '../../domain/ledger/idempotency-key.ts';
import type { Lease } from '../../domain/ledger/lease.ts';
import type { Coupon, PromoCode, ProviderName, StatedDiscount } from '../../domain/promotion/promotion.ts';
import { type FittedDraft, fitPromoCode, type PromoCodeDraft } from '../../domain/provider/fit-to-provider.ts';
import type { NewPromoCode, Provider } from '../../domain/provider/provider.ts';
import { ProviderError } from '../../domain/provider/provider-error.ts';
import {
  type Unsupported,
  type UnsupportedField,
  unsupportedBy,
  unsupportedField,
  withoutOperation,
} from '../../domain/provider/unsupported.ts';
import {
  type Conflict,
  conflict,
  type IdempotencyConflict,
  type InvalidInput,
  invalidInput,
  type NotFound,
  type ProviderFailed,
} from '../../domain/redemption/outcomes.ts';
import { CodeBeingCreatedError, CodeTakenError } from '../../store/writes/pending-write-row.ts';
import type { Gateway } from '../core/gateway.ts';
import { promoCodeCreation } from '../provider-writes/promo-code-creation.ts';
import { type Effect, effect, keyedCall, type Writer, withIdempotencyKey } from '../writes/idempotency.ts';
import { whileLeased } from '../writes/keep-lease.ts';
import { resumeWrite } from '../writes/resume-write.ts';
import { sendWrite } from '../writes/send-write.ts';
import { accountFor } from './account-for.ts';
import { codeTaken, takenBy } from './code-taken.ts';
import { couponReference, couponRefusal } from './coupon-of-code.ts';
import { makeOwnCoupon, refusedOn } from './own-coupon.ts';

export interface CreatePromoCodeRequest extends Omit<PromoCodeDraft, 'code'> {
  provider: ProviderName;
  /** Absent: the provider's first account. */
  account?: string;
  /** Trimmed. Absent: the gateway generates one. */
  code?: string;
  /** A coupon by its gateway id, or a discount of the code's own. */
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
 * Creates a promo code at its provider. If the provider's codes need a coupon, a discount of the code's own becomes a
 * coupon first. If the code then fails, the answer names that coupon, and a repeat continues from it.
 * @throws {ProviderError}
 */
export async function createPromoCode(
  gateway: Gateway,
  writer: Writer,
  request: CreatePromoCodeRequest,
): Promise<CreatePromoCodeAnswer> {
  const call = keyedCall(gateway, writer, 'createPromoCode', { ...request });
  const answer = await withIdempotencyKey(gateway, call, request.provider, (lease) => create(gateway, request, lease));
  return answer.kind === 'EFFECT' ? shownPromoCode(gateway, answer) : answer;
}

async function create(
  gateway: Gateway,
  request: CreatePromoCodeRequest,
  lease: IdempotentCall & Lease,
): Promise<Effect | Refused> {
  const resumed = await resumeWrite(gateway, lease, 'createPromoCode');
  if (resumed !== null) return effect(resumed);
  await resumeWrite(gateway, lease, 'createPromoCode.coupon');

  const provider = accountFor(gateway, request);
  if ('kind' in provider) return provider;
  if (request.expiresAt !== undefined && request.expiresAt <= gateway.clock()) {
    return invalidInput(['expiresAt'], 'OUT_OF_RANGE', 'must be in the future');
  }
  // The code text is stored before anything is sent, so that a repeat in any process creates no second code.
  const code = request.code ?? (await fixedCode(gateway, lease));
  const terms = 'couponId' in request.terms ? couponReference(provider, request.terms.couponId) : request.terms;
  if ('kind' in terms) return terms;
  const asked = { allowRules: request.allowGatewayRules, now: gateway.clock() };
  const fit = fitPromoCode({ ...request, code, terms }, provider.capabilities, asked);
  const unsupported = unsupportedFields(provider, fit);
  const refused =
    unsupportedBy(provider.name, unsupported) ??
    (await couponRefusal(gateway, provider, request.terms, fit.sent)) ??
    (await takenBy(gateway, provider, fit.sent, lease));
  return refused ?? send(gateway, provider, fit, { request, lease });
}

const NEEDS_COUPON = unsupportedField('discount', 'NO_FIELD', 'needs a coupon, which the provider cannot create here');

async function fixedCode({ store }: Gateway, lease: Lease): Promise<string> {
  const before = await store.pendingWrites.codeCreatedBy(lease);
  return store.idempotencyKeys.fixCode(lease, () => before ?? randomCode());
}

function unsupportedFields(provider: Provider, fit: FittedDraft<NewPromoCode>): readonly UnsupportedField[] {
  if (!provider.createPromoCode) return withoutOperation(provider.name, 'provider', 'cannot create promo codes').issues;
  const isCarried =
    'couponId' in fit.sent.terms || provider.capabilities.promoCodeFields.has('discount') || provider.createCoupon;
  return isCarried ? fit.unsupported : [NEEDS_COUPON, ...fit.unsupported];
}

/** Creates the code, and before it the coupon that it needs. */
async function send(
  gateway: Gateway,
  provider: Provider,
  fit: FittedDraft<NewPromoCode>,
  { request, lease }: { request: CreatePromoCodeRequest; lease: Lease },
): Promise<Effect | Conflict | InvalidInput | ProviderFailed> {
  const needsCoupon = 'discount' in fit.sent.terms && !provider.capabilities.promoCodeFields.has('discount');
  let coupon: Coupon | null = null;
  try {
    const own = needsCoupon ? await makeOwnCoupon(gateway, provider, fit.sent, lease) : null;
    coupon = own?.coupon ?? null;
    const write = promoCodeCreation(gateway, provider, {
      operation: 'createPromoCode',
      promoCode: coupon ? { ...fit.sent, terms: { couponId: coupon.providerId } } : fit.sent,
      rules: fit.rules,
      metadata: request.metadata ?? null,
      // A new coupon has no codes.
      ...(own?.isNew && { before: { ids: [], newest: null, isAll: true } }),
    });
    return effect(await sendWrite(gateway, provider, lease, write));
  } catch (error) {
    if (error instanceof CodeBeingCreatedError || error instanceof CodeTakenError) {
      if (coupon) await whileLeased(gateway, lease, (db) => gateway.store.orphanCoupons.add(lease, db));
      return error instanceof CodeTakenError ? codeTaken() : conflict('The code is being created');
    }
    if (coupon && error instanceof ProviderError) return refusedOn(gateway, coupon, lease, error);
    throw error;
  }
}

/** The promo code that a write has created or changed, as it is now. */
export async function shownPromoCode(gateway: Gateway, { id, replayed }: Effect): Promise<PromoCodeChanged> {
  const promoCode = await gateway.store.promotions.getPromoCode(id, gateway.clock());
  if (!promoCode) throw new Error(`The promo code ${id} is not in the store`);
  return { kind: 'PROMO_CODE', promoCode, replayed };
}
