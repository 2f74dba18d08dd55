import { providerFailed } from '../promo/answers.ts';
import { type CodeUse, findRedeemable } from './find-redeemable.ts';
import type { Gateway } from './gateway.ts';
import { keyedCall } from './keyed.ts';
import type { UseAnswer } from './redeem-promo-code.ts';
import { earlierUse, takeUse } from './take-use.ts';
import { answering } from './write.ts';

export interface HoldPromoCodeRequest extends CodeUse {
  /** How long the use is set aside. */
  holdSeconds: number;
}

/** Sets a use of a promo code aside for an order. An order that holds one already keeps it, for its new amount. */
export async function holdPromoCode(
  gateway: Gateway,
  { caller, idempotencyKey }: { caller: string; idempotencyKey: string },
  request: HoldPromoCodeRequest,
): Promise<UseAnswer> {
  return answering(async (): Promise<UseAnswer> => {
    const call = keyedCall({ caller, idempotencyKey }, 'holdPromoCode', { ...request });
    const earlier = await earlierUse(gateway, call);
    if (earlier) return earlier;
    const found = await findRedeemable(gateway, request);
    if (found.kind === 'REFUSED') return found;
    const { customerId, order, holdSeconds } = request;
    return takeUse(
      gateway,
      { promotionId: found.promoCode.id, customerId, order, subscriptionId: null, caller },
      { taking: { as: 'HELD', until: gateway.clock() + holdSeconds * 1000 }, call },
    );
  }, providerFailed);
}
