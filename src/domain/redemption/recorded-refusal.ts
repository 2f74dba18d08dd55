import type { Instant, ProviderName } from '../promotion/promotion.ts';
import type { ProviderHealth } from '../provider/provider.ts';
import type { RefusalReason } from './outcomes.ts';

/** What was refused. */
export const REFUSED_OPERATIONS = ['QUOTE', 'HOLD', 'REDEEM', 'CONFIRM', 'REDEEM_COUPON', 'LOOK_UP', 'WATCH'] as const;
export type RefusedOperation = (typeof REFUSED_OPERATIONS)[number];

/** A refusal, as it is recorded for operators. */
export interface RecordedRefusal {
  at: Instant;
  operation: RefusedOperation;
  caller: string;
  /** The `X-Request-Id` of the answer; null: there was no HTTP request. */
  requestId: string | null;
  /** As typed; of a look-up of anything but a promotion, its id. Null: no code was typed. */
  code: string | null;
  /** The id of the promo code or coupon; null: none was found. */
  promotionId: string | null;
  customerId: string | null;
  orderId: string | null;
  /** Why the promotion cannot be used. */
  reason: RefusalReason;
  /** What the caller got. It differs if the reason would reveal a code, or could not be verified. */
  reasonGiven: RefusalReason;
  /** The state of the promotion's provider at that moment; if none was found, of the providers that may have it. */
  providers: { provider: ProviderName; state: ProviderHealth }[];
}
