import type { Money } from '../../domain/money/money.ts';
import type { Instant, PromoCode } from '../../domain/promotion/promotion.ts';
import { withUrgency } from '../../domain/provider/call-origin.ts';
import type { Refusal } from '../../domain/redemption/outcomes.ts';
import type { Gateway } from '../core/gateway.ts';
import { CodeTrial } from './code-trial.ts';
import type { CodeUse, Redeemer } from './redeemer.ts';

/** The outcome that redeeming a code now would have. */
export interface Quote {
  kind: 'QUOTE';
  refusal: Refusal | null;
  promoCode: PromoCode | null;
  discountAmount: Money | null;
  payableAmount: Money | null;
  asOf: Instant;
}

/** The cost of finding or judging a code, in rows. */
const QUOTE_ROWS = 100;

const NOTHING = { kind: 'QUOTE', discountAmount: null, payableAmount: null } as const;

/** Judges a code as redeeming would, but takes no use. */
export function quotePromoCode(gateway: Gateway, redeemer: Redeemer, use: CodeUse): Promise<Quote> {
  return withUrgency('QUOTE', () => quote(gateway, redeemer, use));
}

async function quote(gateway: Gateway, redeemer: Redeemer, use: CodeUse): Promise<Quote> {
  using trial = new CodeTrial(gateway, redeemer, use, 'QUOTE');
  await takeTurn(gateway, redeemer);
  let code = await trial.resolve();
  while (code.kind === 'RESOLVED') {
    await takeTurn(gateway, redeemer);
    const judged = await judge(gateway, redeemer, use, code.promoCode);
    if (!judged.refusal) return judged;
    const next = await trial.refuse(judged.refusal, code);
    // The same refusal: it may be shown, together with the promo code.
    if (next === judged.refusal) return { ...judged, refusal: trial.end(next) };
    code = next;
  }
  return { ...NOTHING, refusal: trial.end(code), promoCode: null, asOf: gateway.clock() };
}

/**
 * Waits for the caller's turn: one operation may ask for many quotes, which may all wait for the same look-up.
 * Mutations need no turn, because each waits for its commit.
 */
function takeTurn({ store: { turns } }: Gateway, { caller }: Redeemer): Promise<void> {
  return turns.run(caller, () => turns.spend(QUOTE_ROWS));
}

async function judge(
  gateway: Gateway,
  { caller, customer: boundTo, mayRead }: Redeemer,
  { customerId, order }: CodeUse,
  promoCode: PromoCode,
): Promise<Quote> {
  const shown = { ...NOTHING, promoCode, asOf: promoCode.asOf };
  const verdict = await gateway.store.ledger.quote(
    { promotionId: promoCode.id, customerId, order, subscriptionId: null, caller, boundTo, mayRead },
    gateway.clock(),
  );
  if (verdict.kind === 'REFUSED') return { ...shown, refusal: verdict };
  const { discountAmount, payableAmount } = verdict;
  return { ...shown, refusal: null, discountAmount, payableAmount };
}
