import { type Refusal, type RefusalReason, refusal } from '../promo/answers.ts';
import type { PromoCode } from '../promo/promotion.ts';
import { findPromoCode } from './find-promo-code.ts';
import { type CodeUse, findRedeemable, unverifiable, unverified } from './find-redeemable.ts';
import type { Gateway } from './gateway.ts';
import type { Subject } from './guesses.ts';

/** Who tries a code out. */
export interface Trier {
  caller: string;
  /** Whether the caller may look codes up, so that a refusal tells nothing new. */
  mayRead: boolean;
  /** The customer's address, where it is known; null: the attempts from it are not counted. */
  address: string | null;
}

/** What would tell whether a code exists, and what has become of it. */
const TELLING: ReadonlySet<RefusalReason> = new Set([
  'NOT_FOUND',
  'INACTIVE',
  'NOT_STARTED',
  'EXPIRED',
  'EXHAUSTED',
  'COUPON_INVALID',
  'CUSTOMER_NOT_ELIGIBLE',
]);

/** No promotion has it, so the ledger looks for what is not there. */
const NO_PROMOTION = '';

/** How an action judges a code, and what its answers say of refusals. */
export interface Trial<Answer> {
  judge(promoCode: PromoCode): Promise<Answer>;
  refusalOf(answer: Answer): Refusal | null;
  refused(refusal: Refusal): Answer;
}

/**
 * Finds the code that somebody means and has it judged. Who may not look codes up is told the same of one that is
 * unknown, over, used up or somebody else's, after the same work; such attempts are kept and limited.
 */
export async function tryCode<Answer>(
  gateway: Gateway,
  who: Trier,
  use: CodeUse,
  trial: Trial<Answer>,
): Promise<Answer> {
  if (who.mayRead) {
    const found = await findRedeemable(gateway, use);
    return found.kind === 'FOUND' ? trial.judge(found.promoCode) : trial.refused(found);
  }
  const attempt = await gateway.guesses.attempt(subjectsOf(who, use), () => guess(gateway, who, use, trial));
  if ('result' in attempt) return attempt.result;
  return trial.refused(refusal('TOO_MANY_ATTEMPTS', { retryAfterSeconds: attempt.waitSeconds }));
}

async function guess<Answer>(
  gateway: Gateway,
  { caller, address }: Trier,
  use: CodeUse,
  trial: Trial<Answer>,
): Promise<{ result: Answer; hasFailed: boolean }> {
  const found = await findPromoCode(gateway, use, 'GUESSED');
  if (found.kind === 'AMBIGUOUS') return { result: trial.refused(refusal('AMBIGUOUS_CODE')), hasFailed: false };
  const promoCode = found.kind === 'FOUND' ? found.promoCode : null;
  const anyFailure = found.kind === 'FOUND' ? found.anyFailure : found.failure;
  const { customerId, order } = use;
  // Judged first, also where the action judges again: an application is refused before that by what its provider can do.
  const verdict = gateway.store.ledger.quote(
    { promotionId: promoCode?.id ?? NO_PROMOTION, customerId, order, subscriptionId: null, caller },
    gateway.clock(),
  );
  const failed = (reason: RefusalReason) => {
    const { code } = use;
    gateway.store.attempts.add({ at: gateway.clock(), caller, customerId, address, code, reason });
    const shown = anyFailure ? unverified(anyFailure) : refusal('NOT_REDEEMABLE');
    return { result: trial.refused(shown), hasFailed: true };
  };
  if (verdict.kind === 'REFUSED' && isTelling(verdict, promoCode)) return failed(verdict.reason);
  if (!promoCode || found.kind !== 'FOUND') throw new Error('The ledger has judged a code that is not there');
  const old = unverifiable(gateway, promoCode, found.failure);
  if (old) return { result: trial.refused(old), hasFailed: false };
  const result = await trial.judge(promoCode);
  const refused = trial.refusalOf(result);
  return refused && isTelling(refused, promoCode) ? failed(refused.reason) : { result, hasFailed: false };
}

function isTelling({ reason }: Refusal, promoCode: PromoCode | null): boolean {
  // That somebody has to say who they are tells that the code is of one customer; that it is for each once does not.
  const isOfOneCustomer = reason === 'CUSTOMER_REQUIRED' && promoCode !== null && promoCode.customerId !== null;
  return TELLING.has(reason) || isOfOneCustomer;
}

function subjectsOf({ caller, address }: Trier, { customerId }: CodeUse): Subject[] {
  return [
    { kind: 'caller', key: caller },
    ...(customerId === null ? [] : [{ kind: 'customer' as const, key: JSON.stringify([caller, customerId]) }]),
    ...(address === null ? [] : [{ kind: 'address' as const, key: address }]),
  ];
}
