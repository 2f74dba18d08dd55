import { typedCode } from '../../domain/codes/code.ts';
import { invalidInput, providerFailed } from '../../domain/redemption/results.ts';
import type { Gateway } from '../core/gateway.ts';
import { isUpToDate } from '../promotions/bring-up-to-date.ts';
import { keyedCall } from '../writes/idempotency.ts';
import { answering } from '../writes/write.ts';
import type { CodeUse } from './find-redeemable.ts';
import { type CodeUser, USE_REFUSALS, type UseAnswer } from './redeem-promo-code.ts';
import { earlierUse, takeUse } from './take-use.ts';
import { tryCode } from './try-code.ts';

export interface HoldPromoCodeRequest extends CodeUse {
  /** How long the use is set aside; undefined: 15 minutes, or as long as the caller may. */
  holdSeconds: number | undefined;
}

/** In seconds. */
const USUAL_HOLD = 15 * 60;

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
      const longest = gateway.holds.longest(who);
      const { customerId, order, holdSeconds = Math.min(USUAL_HOLD, longest) } = request;
      const call = keyedCall(gateway, who, 'holdPromoCode', { ...request, holdSeconds, code: typedCode(request.code) });
      const earlier = await earlierUse(gateway, call);
      if (earlier) return earlier;
      if (holdSeconds > longest) return invalidInput(['holdSeconds'], `must be at most ${longest} here`);
      return tryCode<UseAnswer>(gateway, who, request, {
        judge: async (promoCode, own) => {
          const { caller, customer: boundTo, mayRead, address } = who;
          const keepsEnd = own === 'HELD' && !(await isUpToDate(gateway, promoCode));
          const use = { promotionId: promoCode.id, customerId, order, subscriptionId: null, caller, boundTo, mayRead };
          const until = gateway.clock() + holdSeconds * 1000;
          const mostOpen = gateway.holds.mostOpen(who, customerId);
          const take = () => takeUse(gateway, use, { taking: { as: 'HELD', until, keepsEnd, mostOpen }, call });
          // The order's own hold is made longer, not made.
          const isNew = address !== null && !gateway.store.ledger.promotionsOf(use, gateway.clock()).has(promoCode.id);
          return gateway.holds.fromAddress(isNew ? address : null, take, isMade);
        },
        ...USE_REFUSALS,
      });
    },
    providerFailed,
  );
}

function isMade(answer: UseAnswer): boolean {
  return answer.kind === 'TAKEN' && !answer.replayed;
}
