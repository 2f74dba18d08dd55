import type { ProviderName } from '../../domain/promotion/promotion.ts';
import type { Refusal, RefusalReason } from '../../domain/redemption/outcomes.ts';
import type { RefusedOperation } from '../../domain/redemption/recorded-refusal.ts';
import type { Gateway } from '../core/gateway.ts';

/** Who asked, and in which request. */
export interface RefusedCaller {
  caller: string;
  /** The `X-Request-Id` of the answer; null: there is no HTTP request. */
  requestId: string | null;
}

/** A use, a quote or a look-up that was refused. */
export interface RefusedUse {
  operation: RefusedOperation;
  /** As typed; of a look-up of anything but a promotion, its id. Null: no code was typed. */
  code: string | null;
  /** The id of the promo code or coupon; null: none was found. */
  promotionId: string | null;
  /** The provider that the caller named. Absent: any. */
  provider?: ProviderName | undefined;
  customerId: string | null;
  orderId: string | null;
}

/**
 * Counts a refusal, and records it for operators, behind the answer.
 * @param given the refusal that the caller gets
 * @param reason why the promotion cannot be used, if it differs
 */
export function recordRefusal(
  gateway: Gateway,
  { caller, requestId }: RefusedCaller,
  use: RefusedUse,
  given: Refusal,
  reason: RefusalReason = given.reason,
): void {
  const { accounts, refusalLog, clock } = gateway;
  const { provider: named, ...refused } = use;
  const own = use.promotionId === null ? null : accounts.keyOf(use.promotionId);
  const provider = own?.provider ?? named;
  const asked = provider === undefined ? accounts.names() : [provider];
  gateway.countRefusal({ reason, told: given.reason });
  refusalLog.record({
    ...refused,
    at: clock(),
    caller,
    requestId,
    reason,
    reasonGiven: given.reason,
    providers: asked.map((name) => ({ provider: name, state: accounts.state(name) })),
  });
}
