import { providerFailed } from '../promo/answers.ts';
import { typedCode } from '../promo/code.ts';
import { isUpToDate } from './bring-up-to-date.ts';
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

/**
 * Sets a use of a promo code aside for an order. An order that holds one already keeps it, for its new amount, and for
 * longer only while the code is known to last.
 */
export async function holdPromoCode(
  gateway: Gateway,
  who: CodeUser,
  request: HoldPromoCodeRequest,
): Promise<UseAnswer> {
  return answering(
    'holdPromoCode',
    async (): Promise<UseAnswer> => {
      const call = keyedCall(who, 'holdPromoCode', { ...request, code: typedCode(request.code) });
      const earlier = await earlierUse(gateway, call);
      if (earlier) return earlier;
      const { customerId, order, holdSeconds } = request;
      return tryCode<UseAnswer>(gateway, who, request, {
        judge: async (promoCode, own) => {
          const { caller, mayRead } = who;
          const keepsEnd = own === 'HELD' && !(await isUpToDate(gateway, promoCode));
          return takeUse(
            gateway,
            { promotionId: promoCode.id, customerId, order, subscriptionId: null, caller, mayRead },
            { taking: { as: 'HELD', until: gateway.clock() + holdSeconds * 1000, keepsEnd }, call },
          );
        },
        ...USE_REFUSALS,
      });
    },
    providerFailed,
  );
}
