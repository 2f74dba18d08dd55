import { typedCode } from '../../domain/codes/code.ts';
import type { PromoCode } from '../../domain/promotion/promotion.ts';
import type {
  IdempotencyConflict,
  InvalidInput,
  ProviderFailed,
  Refusal,
  Unsupported,
} from '../../domain/redemption/results.ts';
import { providerFailed } from '../../domain/redemption/results.ts';
import type { Taken } from '../../store/redemptions/ledger.ts';
import type { Gateway } from '../core/gateway.ts';
import { keyedCall } from '../writes/idempotency.ts';
import { answering } from '../writes/write.ts';
import { applyUse, earlierApplication } from './apply-to-subscription.ts';
import type { CodeUse } from './find-redeemable.ts';
import { earlierUse, takeUse } from './take-use.ts';
import { type Trier, tryCode } from './try-code.ts';

export interface RedeemPromoCodeRequest extends CodeUse {
  /** A subscription at the provider that the code is applied to as well. */
  subscriptionId: string | null;
}
export type UseAnswer = Taken | Refusal | InvalidInput | Unsupported | IdempotencyConflict | ProviderFailed;

/** Who uses a code, under which idempotency key. */
export interface CodeUser extends Trier {
  idempotencyKey: string;
}

/** What a use's answer says of refusals. */
export const USE_REFUSALS = {
  refusalOf: (answer: UseAnswer): Refusal | null => (answer.kind === 'REFUSED' ? answer : null),
  refused: (refusal: Refusal): UseAnswer => refusal,
};

/** Redeems a promo code for an order, once. */
export async function redeemPromoCode(
  gateway: Gateway,
  who: CodeUser,
  request: RedeemPromoCodeRequest,
): Promise<UseAnswer> {
  return answering(
    'redeemPromoCode',
    async () => {
      const call = keyedCall(gateway, who, 'redeemPromoCode', { ...request, code: typedCode(request.code) });
      const earlier = (await earlierUse(gateway, call)) ?? (await earlierApplication(gateway, call));
      if (earlier) return earlier;
      const { customerId, order, subscriptionId } = request;
      const judge = async (promoCode: PromoCode): Promise<UseAnswer> => {
        const { caller, customer: boundTo, mayRead } = who;
        const use = { promotionId: promoCode.id, customerId, order, subscriptionId, caller, boundTo, mayRead };
        return subscriptionId === null
          ? takeUse(gateway, use, { taking: { as: 'REDEEMED' }, call })
          : applyUse(gateway, promoCode, { ...use, subscriptionId }, call);
      };
      return tryCode<UseAnswer>(gateway, who, request, { judge, ...USE_REFUSALS });
    },
    providerFailed,
  );
}
