import type { Refusal } from '../promo/answers.ts';
import { type Money, subtract } from '../promo/money.ts';
import type { Instant, PromoCode } from '../promo/promotion.ts';
import { type CodeUse, findRedeemable } from './find-redeemable.ts';
import type { Gateway } from './gateway.ts';

/** What redeeming a code now would do. */
export interface Quote {
  kind: 'QUOTE';
  refusal: Refusal | null;
  promoCode: PromoCode | null;
  discountAmount: Money | null;
  payableAmount: Money | null;
  asOf: Instant;
}

/** The verdict that redeeming would give, without writing anything. */
export async function quotePromoCode(gateway: Gateway, caller: string, use: CodeUse): Promise<Quote> {
  const found = await findRedeemable(gateway, use);
  const now = gateway.clock();
  const nothing = { kind: 'QUOTE' as const, discountAmount: null, payableAmount: null };
  if (found.kind === 'REFUSED') return { ...nothing, refusal: found, promoCode: null, asOf: now };
  const { promoCode } = found;
  const { customerId, order } = use;
  const shown = { promoCode, asOf: promoCode.asOf };
  const verdict = gateway.store.ledger.quote(
    { promotionId: promoCode.id, customerId, order, subscriptionId: null, caller },
    now,
  );
  if (verdict.kind === 'REFUSED') return { ...nothing, ...shown, refusal: verdict };
  const { discountAmount } = verdict;
  const payableAmount = order.amount && discountAmount ? subtract(order.amount, discountAmount) : null;
  return { ...nothing, ...shown, refusal: null, discountAmount, payableAmount };
}
