import { typedCode } from '../../domain/codes/code.ts';
import { LONGEST_PAUSE_MS, MOST_TEXTS, typesOn } from '../../domain/codes/typing.ts';
import type { PromoCode } from '../../domain/promotion/promotion.ts';
import { type Refusal, type RefusalReason, refusal } from '../../domain/redemption/outcomes.ts';
import type { RefusedOperation } from '../../domain/redemption/recorded-refusal.ts';
import type { RedemptionStatus } from '../../domain/redemption/redemption.ts';
import type { Attempt } from '../attempts/attempt-limiter.ts';
import { attemptSubjects } from '../attempts/attempt-subjects.ts';
import type { Gateway } from '../core/gateway.ts';
import { rereadAfterRefusal, rereadBeforeRefusal } from '../reading/code-lookups.ts';
import { findPromoCode } from '../reading/find-promo-code.ts';
import { unverifiable, unverified } from '../reading/unverifiable.ts';
import { recordRefusal } from '../refusals/record-refusal.ts';
import { findRedeemable } from './find-redeemable.ts';
import { findOwnCode, hasUsedCode } from './own-codes.ts';
import type { CodeUse, Redeemer } from './redeemer.ts';

/** The promo code that a text stands for, recent enough to judge a use by. */
export interface ResolvedCode {
  kind: 'RESOLVED';
  promoCode: PromoCode;
  /**
   * The order's own hold or redemption of the code. With one, the code was not read again: the order keeps its terms.
   */
  own: RedemptionStatus | null;
}

/** Refusals that would reveal whether a code exists, or its state. */
const REVEALING: ReadonlySet<RefusalReason> = new Set([
  'NOT_FOUND',
  'INACTIVE',
  'NOT_STARTED',
  'EXPIRED',
  'EXHAUSTED',
  'COUPON_INVALID',
  'CUSTOMER_NOT_ELIGIBLE',
]);

/** How far back the texts of one typed code can lie. */
const LONGEST_RUN_MS = LONGEST_PAUSE_MS * MOST_TEXTS;

/** No promotion has this id. The ledger judges it, so an unknown code costs the same work as a known one. */
const NO_PROMOTION = '';

/**
 * One attempt to use a code. {@link resolve} finds the code. {@link refuse} takes each refusal and returns what to do
 * next: a code to judge again, or the refusal to show.
 *
 * A caller without the scope `read` gets the same refusal for an unknown code as for one that has expired, is used up
 * or belongs to another customer, and both cost the same work. Its failed attempts are recorded and limited.
 */
export class CodeTrial implements Disposable {
  readonly #gateway: Gateway;
  readonly #redeemer: Redeemer;
  readonly #use: CodeUse;
  readonly #operation: RefusedOperation;
  /** Counts against the limits while it runs; null: this trial is not limited. */
  #attempt: Attempt | null = null;
  #isOwn = false;
  /** Whether this is one of the texts of a code that is being typed, which count once. */
  #typesOn = false;
  /** Replaces a revealing refusal if a provider that may have another code with this text did not answer. */
  #doubt: Refusal | null = null;
  #wasReadAgain = false;
  /** The code that was found last. */
  #promoCode: PromoCode | null = null;
  /** Why the code was refused, if the caller gets another refusal. */
  #reason: RefusalReason | undefined;

  constructor(gateway: Gateway, redeemer: Redeemer, use: CodeUse, operation: RefusedOperation) {
    this.#gateway = gateway;
    this.#redeemer = redeemer;
    this.#use = use;
    this.#operation = operation;
  }

  /** Finds the code. The order's own code comes first: no provider is called for it. */
  async resolve(): Promise<ResolvedCode | Refusal> {
    // An empty box is no attempt.
    if (typedCode(this.#use.code) === '') {
      this.#reason = 'NOT_FOUND';
      return refusal(this.#redeemer.mayRead ? 'NOT_FOUND' : 'NOT_REDEEMABLE');
    }
    const own = await findOwnCode(this.#gateway, this.#redeemer, this.#use);
    if (own) {
      this.#isOwn = true;
      this.#promoCode = own.promoCode;
      return { kind: 'RESOLVED', promoCode: own.promoCode, own: own.status };
    }
    if (this.#redeemer.mayRead) return this.#resolveOpenly();
    // A quote box may ask with each letter that a person types.
    this.#typesOn = this.#operation === 'QUOTE' && (await this.#typesCodeOn());
    if (this.#typesOn) return this.#resolveBlindly();
    const attempt = await this.#gateway.attemptLimiter.begin(
      await attemptSubjects(this.#gateway, this.#redeemer, this.#use.customerId),
    );
    if (!('waitSeconds' in attempt)) this.#attempt = attempt;
    else if (!(await hasUsedCode(this.#gateway, this.#redeemer, this.#use))) {
      return refusal('TOO_MANY_ATTEMPTS', { retryAfterSeconds: attempt.waitSeconds });
    }
    return this.#resolveBlindly();
  }

  /**
   * Takes the refusal of a use of the resolved code.
   * @returns the refusal to show (the same object if it may be shown as it is), or the code to judge once more
   */
  async refuse(refused: Refusal, { promoCode }: ResolvedCode): Promise<ResolvedCode | Refusal> {
    this.#reason = refused.reason;
    if (!revealsExistence(refused, promoCode)) return refused;
    if (!this.#redeemer.mayRead) return this.#conceal(refused.reason, promoCode);
    if (this.#isOwn) return refused;
    if (this.#doubt) return this.#doubt;
    // Open holds may have used the code up. The look-up could not see that, so it did not read the code again: its
    // provider may have a newer count or limit.
    if (refused.reason !== 'EXHAUSTED' || this.#wasReadAgain) return refused;
    this.#wasReadAgain = true;
    const current = await rereadBeforeRefusal(this.#gateway, promoCode);
    return current ? { kind: 'RESOLVED', promoCode: current, own: null } : refused;
  }

  /** Records the refusal that the caller gets, for operators. @returns the same refusal */
  end(given: Refusal): Refusal {
    const { code, provider, customerId, order } = this.#use;
    const promotionId = this.#promoCode?.id ?? null;
    const use = { operation: this.#operation, code, promotionId, provider, customerId, orderId: order.id };
    recordRefusal(this.#gateway, this.#redeemer, use, given, this.#reason);
    return given;
  }

  [Symbol.dispose](): void {
    this.#attempt?.[Symbol.dispose]();
  }

  async #resolveOpenly(): Promise<ResolvedCode | Refusal> {
    const found = await findRedeemable(this.#gateway, this.#use);
    if (found.kind !== 'FOUND') return found;
    this.#doubt = found.doubt;
    this.#promoCode = found.promoCode;
    return { kind: 'RESOLVED', promoCode: found.promoCode, own: null };
  }

  /** Judges the code immediately, so that an unknown code costs the same work as a known one. */
  async #resolveBlindly(): Promise<ResolvedCode | Refusal> {
    const found = await findPromoCode(this.#gateway, this.#use, 'BLIND');
    if (found.kind === 'AMBIGUOUS') return refusal('AMBIGUOUS_CODE');
    const promoCode = found.kind === 'FOUND' ? found.promoCode : null;
    this.#promoCode = promoCode;
    const failure = found.kind === 'FOUND' ? found.anyFailure : found.failure;
    this.#doubt = failure && unverified(failure);
    const { caller, customer: boundTo, mayRead } = this.#redeemer;
    const { customerId, order } = this.#use;
    const verdict = await this.#gateway.store.ledger.quote(
      { promotionId: promoCode?.id ?? NO_PROMOTION, customerId, order, subscriptionId: null, caller, boundTo, mayRead },
      this.#gateway.clock(),
    );
    if (verdict.kind === 'REFUSED' && revealsExistence(verdict, promoCode)) {
      return this.#conceal(verdict.reason, promoCode);
    }
    if (!promoCode) throw new Error('The ledger has judged a code that does not exist');
    const old = unverifiable(this.#gateway, promoCode, found.failure);
    return old ?? { kind: 'RESOLVED', promoCode, own: null };
  }

  /** Records a failed attempt, and returns a refusal that reveals nothing. */
  async #conceal(reason: RefusalReason, promoCode: PromoCode | null): Promise<Refusal> {
    this.#reason = reason;
    const { caller, address } = this.#redeemer;
    const { customerId, code } = this.#use;
    const isCounted = !this.#typesOn && !this.#isOwn;
    const at = this.#gateway.clock();
    await this.#gateway.store.attempts.add({ at, caller, customerId, address, code, reason, isCounted });
    // The caller already knows a code of its own order, so this is no guess.
    if (this.#isOwn) return refusal('NOT_REDEEMABLE');
    if (promoCode) rereadAfterRefusal(this.#gateway, promoCode);
    await this.#attempt?.count();
    return this.#doubt ?? refusal('NOT_REDEEMABLE');
  }

  async #typesCodeOn(): Promise<boolean> {
    const { caller, address } = this.#redeemer;
    const { customerId, code } = this.#use;
    const now = this.#gateway.clock();
    const recent = { after: now - LONGEST_RUN_MS, most: MOST_TEXTS };
    return typesOn(await this.#gateway.store.attempts.latestOf({ caller, customerId, address }, recent), code, now);
  }
}

/** CUSTOMER_REQUIRED reveals a code only if the code belongs to one customer, not if each customer may use it once. */
function revealsExistence({ reason }: Refusal, promoCode: PromoCode | null): boolean {
  const isOfOneCustomer = reason === 'CUSTOMER_REQUIRED' && promoCode !== null && promoCode.customerId !== null;
  return REVEALING.has(reason) || isOfOneCustomer;
}
