import type { PromoCode, PromotionStatus } from '../../domain/promotion/promotion.ts';
import { type Refusal, type RefusalReason, refusal } from '../../domain/redemption/outcomes.ts';
import type { Gateway } from '../core/gateway.ts';
import { readPromotion } from '../reading/read-promotion.ts';
import { readStoredPromoCode } from '../reading/read-stored-promotions.ts';
import type { Redeemer } from '../redemption/redeemer.ts';
import { attemptSubjects } from './attempt-subjects.ts';

/** The customers that a caller without the scope `read` can quote codes for. */
export interface QuotedCustomers {
  /** The one customer that it is bound to; null: it is not bound. */
  customer: string | null;
  /** Whether it may name any customer. */
  mayNameAny: boolean;
}

/**
 * Why a caller may not watch a promo code; null: it may. A caller without the scope `read` may watch what it can quote. To
 * ask for another id is a failed attempt: the answer does not tell whether there is such a code.
 * @throws {ProviderError} when a caller with `read` asks for an unknown id and the provider does not answer
 */
export async function watchRefusal(
  gateway: Gateway,
  redeemer: Redeemer,
  id: string,
  customers: QuotedCustomers,
): Promise<Refusal | null> {
  if (redeemer.mayRead) {
    const promotion = await readPromotion(gateway, id, 'CACHED');
    return promotion?.kind === 'PromoCode' ? null : refusal('NOT_FOUND');
  }
  const { caller, customer: customerId, address } = redeemer;
  const attempt = await gateway.attemptLimiter.begin(await attemptSubjects(gateway, redeemer, customerId));
  if ('waitSeconds' in attempt) return refusal('TOO_MANY_ATTEMPTS', { retryAfterSeconds: attempt.waitSeconds });
  using running = attempt;
  const promoCode = await readStoredPromoCode(gateway, id);
  const reason = promoCode ? hiddenReason(promoCode, customers) : 'NOT_FOUND';
  if (reason === null) return null;
  const code = promoCode?.code ?? id;
  await gateway.store.attempts.add({ at: gateway.clock(), caller, customerId, address, code, reason, isCounted: true });
  await running.count();
  return refusal('NOT_REDEEMABLE');
}

/** Why no quote would show a promo code to a caller without the scope `read`; null: one would. */
export function hiddenReason(
  { status, customerId }: PromoCode,
  { customer, mayNameAny }: QuotedCustomers,
): RefusalReason | null {
  if (status !== 'ACTIVE') return REASONS[status];
  const isItsCustomer = customerId === null || customerId === customer || (customer === null && mayNameAny);
  return isItsCustomer ? null : 'CUSTOMER_NOT_ELIGIBLE';
}

const REASONS = {
  SCHEDULED: 'NOT_STARTED',
  EXPIRED: 'EXPIRED',
  EXHAUSTED: 'EXHAUSTED',
  INACTIVE: 'INACTIVE',
} as const satisfies Record<Exclude<PromotionStatus, 'ACTIVE'>, RefusalReason>;
