import { typedCode } from '../../domain/codes/code.ts';
import type { IdempotentCall } from '../../domain/ledger/idempotency-key.ts';
import { invalidInput } from '../../domain/redemption/outcomes.ts';
import type { Gateway } from '../core/gateway.ts';
import { refreshedInTime } from '../reading/bring-up-to-date.ts';
import { keyedCall } from '../writes/idempotency.ts';
import { CodeTrial, type ResolvedCode } from './code-trial.ts';
import { earlierAnswer } from './earlier-answer.ts';
import type { UseAnswer } from './redeem-promo-code.ts';
import type { CodeUse, KeyedRedeemer } from './redeemer.ts';
import { takeUse } from './take-use.ts';

export interface HoldPromoCodeRequest extends CodeUse {
  /** The length of the hold; undefined: 15 minutes, or the longest that the caller may make. */
  holdSeconds: number | undefined;
}

const DEFAULT_HOLD_SECONDS = 15 * 60;

/**
 * Holds a use of a promo code for an order. If the order already holds the code, that hold is updated to the new
 * amount. It is extended only if the code could be verified now.
 * @throws {ProviderError}
 */
export async function holdPromoCode(
  gateway: Gateway,
  redeemer: KeyedRedeemer,
  request: HoldPromoCodeRequest,
): Promise<UseAnswer> {
  const longest = gateway.holdLimits.longest(redeemer);
  const { holdSeconds = Math.min(DEFAULT_HOLD_SECONDS, longest) } = request;
  const input = { ...request, holdSeconds, code: typedCode(request.code) };
  const call = keyedCall(gateway, redeemer, 'holdPromoCode', input);
  const earlier = await earlierAnswer(gateway, call);
  if (earlier) return earlier;
  if (holdSeconds > longest) return invalidInput(['holdSeconds'], 'OUT_OF_RANGE', `must be at most ${longest} here`);

  using trial = new CodeTrial(gateway, redeemer, request, 'HOLD');
  let code = await trial.resolve();
  while (code.kind === 'RESOLVED') {
    const answer = await hold(gateway, redeemer, { ...request, holdSeconds }, code, call);
    if (answer.kind !== 'REFUSED') return answer;
    code = await trial.refuse(answer, code);
  }
  return trial.end(code);
}

/** The ledger judges the use and holds it in one step. */
async function hold(
  gateway: Gateway,
  redeemer: KeyedRedeemer,
  { customerId, order, holdSeconds }: HoldPromoCodeRequest & { holdSeconds: number },
  { promoCode, own }: ResolvedCode,
  call: IdempotentCall,
): Promise<UseAnswer> {
  const { caller, customer: boundTo, mayRead, address } = redeemer;
  const keepsEnd = own === 'HELD' && !(await refreshedInTime(gateway, promoCode));
  const use = { promotionId: promoCode.id, customerId, order, subscriptionId: null, caller, boundTo, mayRead };
  const until = gateway.clock() + holdSeconds * 1000;
  const mostOpen = gateway.holdLimits.mostOpen(redeemer, customerId);
  // An update of the order's own hold does not count as a new hold of the address.
  const isNew = address !== null && !(await gateway.store.ledger.promotionsOf(use, gateway.clock())).has(promoCode.id);
  const begun = await gateway.holdLimits.begin(isNew ? address : null);
  if (begun.kind === 'REFUSED') return begun;
  using attempt = begun;
  const answer = await takeUse(gateway, use, { mode: { as: 'HELD', until, keepsEnd, mostOpen }, call });
  if (answer.kind === 'TAKEN' && !answer.replayed) await attempt.count();
  return answer;
}
