import { isInScope } from '../../auth/account-scope.ts';
import { lookUpFault, normalizedCode, typedCode } from '../../domain/codes/code.ts';
import type { PromoCode } from '../../domain/promotion/promotion.ts';
import type { RedemptionStatus } from '../../domain/redemption/redemption.ts';
import { type Refusal, type RefusalReason, refusal } from '../../domain/redemption/results.ts';
import { addressSubjects } from '../attempts/address-subjects.ts';
import { type AttemptKind, GUESSED_FROM } from '../attempts/attempt-limiter.ts';
import type { Subject } from '../attempts/window-limits.ts';
import type { Gateway } from '../core/gateway.ts';
import { askBeforeRefusal, askBehindRefusal } from '../reading/code-lookups.ts';
import { findPromoCode } from '../reading/find-promo-code.ts';
import { type CodeUse, findRedeemable, unverifiable, unverified } from './find-redeemable.ts';

/** Who tries a code out. */
export interface Trier {
  caller: string;
  /** Whether the caller may look codes up, so that a refusal tells nothing new. */
  mayRead: boolean;
  /** The customer's address, where it is known; null: the attempts from it are not counted. */
  address: string | null;
  /** The one customer that the caller's token is bound to; null: it is not bound. */
  customer: string | null;
  /** False for a customer's own browser, whose holds are shorter and fewer. */
  isServer: boolean;
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
  /** @param own what the order has of it: then it was neither read again nor looked for elsewhere */
  judge(promoCode: PromoCode, own: RedemptionStatus | null): Promise<Answer>;
  refusalOf(answer: Answer): Refusal | null;
  refused(refusal: Refusal): Answer;
}

/**
 * Finds the code and has it judged. A code that the order holds or has redeemed comes first: it is a promise, so nothing is
 * looked up. Callers without the right to read get one refusal for a code that is unknown, over, used up or another
 * customer's, after the same work; such attempts are recorded and limited.
 */
export async function tryCode<Answer>(
  gateway: Gateway,
  who: Trier,
  use: CodeUse,
  trial: Trial<Answer>,
): Promise<Answer> {
  const own = ownCode(gateway, who, use);
  if (who.mayRead) {
    if (own) return trial.judge(own.promoCode, own.status);
    const found = await findRedeemable(gateway, use);
    if (found.kind !== 'FOUND') return trial.refused(found);
    const answer = await trial.judge(found.promoCode, null);
    const refused = trial.refusalOf(answer);
    if (!refused || !revealsExistence(refused, found.promoCode)) return answer;
    if (found.doubt) return trial.refused(found.doubt);
    // A code that is used up only with the uses that are held was not asked about yet.
    const asked = refused.reason === 'EXHAUSTED' ? await askBeforeRefusal(gateway, found.promoCode) : null;
    return asked ? trial.judge(asked, null) : answer;
  }
  if (own) return judged(gateway, who, use, { trial, ...own });
  const attempt = await gateway.guesses.attempt(subjectsOf(gateway, who, use), () => guess(gateway, who, use, trial));
  if ('result' in attempt) return attempt.result;
  if (hasUsedCode(gateway, who, use)) return (await guess(gateway, who, use, trial)).result;
  return trial.refused(refusal('TOO_MANY_ATTEMPTS', { retryAfterSeconds: attempt.waitSeconds }));
}

/** A code that an order has, and what it has of it. */
interface OwnCode {
  promoCode: PromoCode;
  status: RedemptionStatus;
}

/**
 * The code that an order means, where it holds or has redeemed one with this text; null: none, or several. A caller that
 * has it knows of it, so that its tries are neither counted nor limited.
 */
function ownCode(gateway: Gateway, { caller, customer: boundTo }: Trier, use: CodeUse): OwnCode | null {
  const { ledger, promotions } = gateway.store;
  const now = gateway.clock();
  const statuses = ledger.promotionsOf({ caller, boundTo, ...use }, now);
  if (statuses.size === 0) return null;
  const own = promotions.findByCode(typedCode(use.code), use, now).flatMap((promoCode): OwnCode[] => {
    const status = statuses.get(promoCode.id);
    return status && isInScope(gateway.accounts.accountScope, promoCode) ? [{ promoCode, status }] : [];
  });
  return own.length === 1 ? (own[0] ?? null) : null;
}

/**
 * Whether the customer holds or has redeemed this very code with the caller: then a lockout does not concern it, because
 * nothing is learned by trying it. Only the customer's own codes are looked at, so that how long a lockout takes to
 * answer says nothing of other codes.
 */
function hasUsedCode(gateway: Gateway, { caller }: Trier, use: CodeUse): boolean {
  if (use.customerId === null || lookUpFault(use.code) !== undefined) return false;
  const { standing, promotions } = gateway.store;
  const ids = standing.promotionsUsedBy({ caller, customerId: use.customerId });
  const used = promotions.getMany(ids, gateway.clock());
  return used.some((one) => one?.kind === 'PromoCode' && normalizedCode(one.code) === normalizedCode(use.code));
}

/** Has the code judged that an order holds. What its refusal would tell beyond that is not told. */
async function judged<Answer>(
  gateway: Gateway,
  who: Trier,
  use: CodeUse,
  { trial, promoCode, status }: { trial: Trial<Answer> } & OwnCode,
): Promise<Answer> {
  const answer = await trial.judge(promoCode, status);
  const refused = trial.refusalOf(answer);
  if (!refused || !revealsExistence(refused, promoCode)) return answer;
  keepAttempt(gateway, who, use, refused.reason);
  return trial.refused(refusal('NOT_REDEEMABLE'));
}

async function guess<Answer>(
  gateway: Gateway,
  who: Trier,
  use: CodeUse,
  trial: Trial<Answer>,
): Promise<{ result: Answer; hasFailed: boolean }> {
  const found = await findPromoCode(gateway, use, 'GUESSED');
  if (found.kind === 'AMBIGUOUS') return { result: trial.refused(refusal('AMBIGUOUS_CODE')), hasFailed: false };
  const promoCode = found.kind === 'FOUND' ? found.promoCode : null;
  const anyFailure = found.kind === 'FOUND' ? found.anyFailure : found.failure;
  const { caller, customer: boundTo, mayRead } = who;
  const { customerId, order } = use;
  // Judged first, also where the action judges again: an application is refused before that by what its provider can do.
  const verdict = gateway.store.ledger.quote(
    { promotionId: promoCode?.id ?? NO_PROMOTION, customerId, order, subscriptionId: null, caller, boundTo, mayRead },
    gateway.clock(),
  );
  const failed = (reason: RefusalReason) => {
    keepAttempt(gateway, who, use, reason);
    if (promoCode) askBehindRefusal(gateway, promoCode);
    const shown = anyFailure ? unverified(anyFailure) : refusal('NOT_REDEEMABLE');
    return { result: trial.refused(shown), hasFailed: true };
  };
  if (verdict.kind === 'REFUSED' && revealsExistence(verdict, promoCode)) return failed(verdict.reason);
  if (!promoCode || found.kind !== 'FOUND') throw new Error('The ledger has judged a code that is not there');
  const old = unverifiable(gateway, promoCode, found.failure);
  if (old) return { result: trial.refused(old), hasFailed: false };
  const result = await trial.judge(promoCode, null);
  const refused = trial.refusalOf(result);
  return refused && revealsExistence(refused, promoCode) ? failed(refused.reason) : { result, hasFailed: false };
}

function keepAttempt(gateway: Gateway, { caller, address }: Trier, use: CodeUse, reason: RefusalReason): void {
  const { customerId, code } = use;
  gateway.store.attempts.add({ at: gateway.clock(), caller, customerId, address, code, reason });
}

function revealsExistence({ reason }: Refusal, promoCode: PromoCode | null): boolean {
  // That somebody has to say who they are tells that the code is of one customer; that it is for each once does not.
  const isOfOneCustomer = reason === 'CUSTOMER_REQUIRED' && promoCode !== null && promoCode.customerId !== null;
  return TELLING.has(reason) || isOfOneCustomer;
}

function subjectsOf(gateway: Gateway, { caller, address }: Trier, { customerId }: CodeUse): Subject<AttemptKind>[] {
  const isKnown = customerId !== null && gateway.store.standing.knows({ caller, customerId });
  return [
    { kind: isKnown ? 'known' : 'caller', key: caller },
    ...(customerId === null ? [] : [{ kind: 'customer' as const, key: customerSubject(caller, customerId) }]),
    ...addressSubjects(address, GUESSED_FROM),
  ];
}

/** Another caller's customer of the same id is another customer. */
export function customerSubject(caller: string, customerId: string): string {
  return JSON.stringify([caller, customerId]);
}
