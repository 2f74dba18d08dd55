import { providerFailed } from '../promo/answers.ts';
import type { CodeUse } from './find-redeemable.ts';
import type { Gateway } from './gateway.ts';
import { keyedCall } from './keyed.ts';
import { type CodeUser, USE_REFUSALS, type UseAnswer } from './redeem-promo-code.ts';
import { earlierUse, takeUse } from './take-use.ts';
import { tryCode } from './try-code.ts';
import { answering } from './write.ts';

export interface HoldPromoCodeRequest extends CodeUse {
  /** How long the use is set aside. */
  holdSeconds: number;
}

/** Sets a use of a promo code aside for an order. An order that holds one already keeps it, for its new amount. */
export async function holdPromoCode(
  gateway: Gateway,
  who: CodeUser,
  request: HoldPromoCodeRequest,
): Promise<UseAnswer> {
  return answering(
    'holdPromoCode',
    async (): Promise<UseAnswer> => {
      const call = keyedCall(who, 'holdPromoCode', { ...request });
      const earlier = await earlierUse(gateway, call);
      if (earlier) return earlier;
      const { customerId, order, holdSeconds } = request;
      return tryCode<UseAnswer>(gateway, who, request, {
        judge: ({ id: promotionId }) =>
          takeUse(
            gateway,
            { promotionId, customerId, order, subscriptionId: null, caller: who.caller },
            { taking: { as: 'HELD', until: gateway.clock() + holdSeconds * 1000 }, call },
          ),
        ...USE_REFUSALS,
      });
    },
    providerFailed,
  );
}
