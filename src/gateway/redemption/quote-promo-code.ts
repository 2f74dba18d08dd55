import type { Money } from '../../domain/money/money.ts';
import type { Instant, PromoCode } from '../../domain/promotion/promotion.ts';
import { withUrgency } from '../../domain/provider/call-origin.ts';
import type { Refusal } from '../../domain/redemption/results.ts';
import type { Gateway } from '../core/gateway.ts';
import type { CodeUse } from './find-redeemable.ts';
import { type Trial, type Trier, tryCode } from './try-code.ts';

/** What redeeming a code now would do. */
export interface Quote {
  kind: 'QUOTE';
  refusal: Refusal | null;
  promoCode: PromoCode | null;
  discountAmount: Money | null;
  payableAmount: Money | null;
  asOf: Instant;
}

/** The cost of finding or judging a code, in rows looked at. */
const QUOTE_ROWS = 100;

/** The verdict that redeeming would give, without writing anything. */
export async function quotePromoCode(gateway: Gateway, who: Trier, use: CodeUse): Promise<Quote> {
  const { turns } = gateway.store;
  // An operation may ask for many quotes, which may wait for one and the same look-up. A mutation waits for its commit in
  // any case.
  const inTurn = <Result>(work: () => Result) =>
    turns.run(who.caller, () => {
      turns.spend(QUOTE_ROWS);
      return work();
    });
  const trial: Trial<Quote> = {
    judge: (promoCode) => inTurn(() => quote(gateway, who, use, promoCode)),
    refusalOf: ({ refusal }) => refusal,
    refused: (refusal) => ({ ...NOTHING, refusal, promoCode: null, asOf: gateway.clock() }),
  };
  return withUrgency('QUOTE', () => inTurn(() => tryCode(gateway, who, use, trial)));
}

const NOTHING = { kind: 'QUOTE', discountAmount: null, payableAmount: null } as const;

function quote(
  gateway: Gateway,
  { caller, customer: boundTo, mayRead }: Trier,
  { customerId, order }: CodeUse,
  promoCode: PromoCode,
): Quote {
  const shown = { ...NOTHING, promoCode, asOf: promoCode.asOf };
  const verdict = gateway.store.ledger.quote(
    { promotionId: promoCode.id, customerId, order, subscriptionId: null, caller, boundTo, mayRead },
    gateway.clock(),
  );
  if (verdict.kind === 'REFUSED') return { ...shown, refusal: verdict };
  const { discountAmount, payableAmount } = verdict;
  return { ...shown, refusal: null, discountAmount, payableAmount };
}
