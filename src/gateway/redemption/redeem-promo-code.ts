import { typedCode } from '../../domain/codes/code.ts';
import type { IdempotentCall } from '../../domain/ledger/idempotency-key.ts';
import type { Taken } from '../../domain/ledger/requests.ts';
import type { PromoCode } from '../../domain/promotion/promotion.ts';
import type { Unsupported } from '../../domain/provider/unsupported.ts';
import type { IdempotencyConflict, InvalidInput, Refusal } from '../../domain/redemption/outcomes.ts';
import type { Gateway } from '../core/gateway.ts';
import { keyedCall } from '../writes/idempotency.ts';
import { applyToSubscription } from './apply-to-subscription.ts';
import { CodeTrial } from './code-trial.ts';
import { earlierAnswer } from './earlier-answer.ts';
import type { CodeUse, KeyedRedeemer } from './redeemer.ts';
import { takeUse } from './take-use.ts';

export interface RedeemPromoCodeRequest extends CodeUse {
  /** The subscription that the provider applies the code to; null: the provider is not involved. */
  subscriptionId: string | null;
}
export type UseAnswer = Taken | Refusal | InvalidInput | Unsupported | IdempotencyConflict;

/**
 * Redeems a promo code for an order. An order uses a code at most once.
 * @throws {ProviderError}
 */
export async function redeemPromoCode(
  gateway: Gateway,
  redeemer: KeyedRedeemer,
  request: RedeemPromoCodeRequest,
): Promise<UseAnswer> {
  const call = keyedCall(gateway, redeemer, 'redeemPromoCode', { ...request, code: typedCode(request.code) });
  const earlier = await earlierAnswer(
    gateway,
    call,
    request.subscriptionId === null ? undefined : 'applyToSubscription',
  );
  if (earlier) return earlier;

  using trial = new CodeTrial(gateway, redeemer, request, 'REDEEM');
  let code = await trial.resolve();
  while (code.kind === 'RESOLVED') {
    const answer = await redeem(gateway, redeemer, { ...request, promoCode: code.promoCode }, call);
    if (answer.kind !== 'REFUSED') return answer;
    code = await trial.refuse(answer, code);
  }
  return trial.end(code);
}

/** The ledger judges the use and takes it in one step. With a subscription, the provider applies it as well. */
function redeem(
  gateway: Gateway,
  { caller, customer: boundTo, mayRead }: KeyedRedeemer,
  { promoCode, customerId, order, subscriptionId }: RedeemPromoCodeRequest & { promoCode: PromoCode },
  call: IdempotentCall,
): Promise<UseAnswer> {
  const use = { promotionId: promoCode.id, customerId, order, subscriptionId, caller, boundTo, mayRead };
  return subscriptionId === null
    ? takeUse(gateway, use, { mode: { as: 'REDEEMED' }, call })
    : applyToSubscription(gateway, promoCode, { ...use, subscriptionId }, call);
}
