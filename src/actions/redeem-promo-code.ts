import type { IdempotencyConflict, ProviderFailed, Refusal, Unsupported } from '../promo/answers.ts';
import { providerFailed } from '../promo/answers.ts';
import type { Taken } from '../store/ledger.ts';
import { applyUse } from './apply-use.ts';
import { type CodeUse, findRedeemable } from './find-redeemable.ts';
import type { Gateway } from './gateway.ts';
import { keyedCall } from './keyed.ts';
import { earlierUse, takeUse } from './take-use.ts';
import { answering } from './write.ts';

export interface RedeemPromoCodeRequest extends CodeUse {
  /** A subscription at the provider that the code is applied to as well. */
  subscriptionId: string | null;
}
export type UseAnswer = Taken | Refusal | Unsupported | IdempotencyConflict | ProviderFailed;

/** Redeems a promo code for an order, once. */
export async function redeemPromoCode(
  gateway: Gateway,
  { caller, idempotencyKey }: { caller: string; idempotencyKey: string },
  request: RedeemPromoCodeRequest,
): Promise<UseAnswer> {
  return answering(async () => {
    const call = keyedCall({ caller, idempotencyKey }, 'redeemPromoCode', { ...request });
    const earlier = await earlierUse(gateway, call);
    if (earlier) return earlier;
    const found = await findRedeemable(gateway, request);
    if (found.kind === 'REFUSED') return found;
    const { promoCode } = found;
    const { customerId, order, subscriptionId } = request;
    const use = { promotionId: promoCode.id, customerId, order, subscriptionId, caller };
    return subscriptionId === null
      ? takeUse(gateway, use, { taking: { as: 'REDEEMED' }, call })
      : applyUse(gateway, promoCode, { ...use, subscriptionId }, call);
  }, providerFailed);
}
