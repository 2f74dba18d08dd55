import { parsePromotionId } from '../../domain/promotion/identity.ts';
import type { Promotion, PromotionStatus } from '../../domain/promotion/promotion.ts';
import { type Refusal, type RefusalReason, refusal } from '../../domain/redemption/outcomes.ts';
import type { RefusedOperation } from '../../domain/redemption/recorded-refusal.ts';
import type { Gateway } from '../core/gateway.ts';
import type { Redeemer } from '../redemption/redeemer.ts';
import { recordRefusal } from '../refusals/record-refusal.ts';
import { attemptSubjects } from './attempt-subjects.ts';

/** The customers that a caller without the scope `read` can quote codes for. */
export interface QuotedCustomers {
  /** The one customer that it is bound to; null: it is not bound. */
  customer: string | null;
  /** Whether it may name any customer. */
  mayNameAny: boolean;
}

/**
 * Why a caller without the scope `read` may not see objects, in the order of their references; null: it may. A hidden
 * object is a failed attempt, and so is an unknown one: the answer does not tell them apart. All look-ups up to the first
 * that fails are one attempt. Once the limit is reached, every further object is refused.
 *
 * A failed attempt is recorded with the id. With the text of a hidden code, a guess of that text would pass for one that
 * types it on, and so not count.
 * @param hides why an object is hidden; null: it is not
 * @param operation what the refusals are recorded as
 */
export async function lookUpBlindly<Reference extends { id: string }>(
  gateway: Gateway,
  redeemer: Redeemer,
  references: readonly Reference[],
  hides: (reference: Reference) => Promise<RefusalReason | null>,
  operation: RefusedOperation,
): Promise<(Refusal | null)[]> {
  const subjects = await attemptSubjects(gateway, redeemer, redeemer.customer);
  const refusals: (Refusal | null)[] = [];
  while (refusals.length < references.length) {
    const attempt = await gateway.attemptLimiter.begin(subjects);
    if ('waitSeconds' in attempt) {
      const limited = refusal('TOO_MANY_ATTEMPTS', { retryAfterSeconds: attempt.waitSeconds });
      const rest = references.slice(refusals.length);
      for (const { id } of rest) record(gateway, redeemer, { operation, id }, limited);
      return [...refusals, ...rest.map(() => limited)];
    }
    using running = attempt;
    const { shown, hidden } = await lookUntilHidden(references.slice(refusals.length), hides);
    refusals.push(...Array<null>(shown).fill(null));
    if (hidden === null) continue;
    const { caller, customer: customerId, address } = redeemer;
    const failed = { at: gateway.clock(), caller, customerId, address, code: hidden.id, reason: hidden.reason };
    await gateway.store.attempts.add({ ...failed, isCounted: true });
    await running.count();
    const refused = refusal('NOT_REDEEMABLE');
    record(gateway, redeemer, { operation, id: hidden.id }, refused, hidden.reason);
    refusals.push(refused);
  }
  return refusals;
}

function record(
  gateway: Gateway,
  redeemer: Redeemer,
  { operation, id }: { operation: RefusedOperation; id: string },
  given: Refusal,
  reason?: RefusalReason,
): void {
  const isPromotion = parsePromotionId(id) !== null;
  const lookedUp = isPromotion ? { promotionId: id, code: null } : { promotionId: null, code: id };
  const use = { operation, ...lookedUp, customerId: redeemer.customer, orderId: null };
  recordRefusal(gateway, redeemer, use, given, reason);
}

/** @returns how many objects come before the first that is hidden; null: none is */
async function lookUntilHidden<Reference extends { id: string }>(
  references: readonly Reference[],
  hides: (reference: Reference) => Promise<RefusalReason | null>,
): Promise<{ shown: number; hidden: { id: string; reason: RefusalReason } | null }> {
  for (const [shown, reference] of references.entries()) {
    const reason = await hides(reference);
    if (reason) return { shown, hidden: { id: reference.id, reason } };
  }
  return { shown: references.length, hidden: null };
}

/** Why no quote would show a promotion to a caller without the scope `read`; null: one would. */
export function hiddenReason(promotion: Promotion, { customer, mayNameAny }: QuotedCustomers): RefusalReason | null {
  if (promotion.status !== 'ACTIVE') return REASONS[promotion.status];
  if (promotion.kind === 'Coupon' || promotion.customerId === null) return null;
  const isItsCustomer = promotion.customerId === customer || (customer === null && mayNameAny);
  return isItsCustomer ? null : 'CUSTOMER_NOT_ELIGIBLE';
}

const REASONS = {
  SCHEDULED: 'NOT_STARTED',
  EXPIRED: 'EXPIRED',
  EXHAUSTED: 'EXHAUSTED',
  INACTIVE: 'INACTIVE',
} as const satisfies Record<Exclude<PromotionStatus, 'ACTIVE'>, RefusalReason>;
