import type { Generated } from 'kysely';
import type { Instant, ProviderName } from '../../domain/promotion/promotion.ts';
import type { RedemptionStatus } from '../../domain/redemption/redemption.ts';

/** The ledger: one row per use. */
export interface RedemptionTable {
  number: Generated<number>;
  ledger_id: string;
  status: RedemptionStatus;
  promotion_id: string;
  /**
   * The provider of the promotion; null where an earlier version wrote the row and the promotion is not in the store.
   */
  provider: ProviderName | null;
  account: string | null;
  /** The coupon of the promo code. The use counts against its limit too. */
  coupon_id: string | null;
  caller: string;
  customer_id: string | null;
  order_id: string | null;
  order_minor: number | null;
  order_currency: string | null;
  discount_minor: number | null;
  discount_currency: string | null;
  subscription_id: string | null;
  /** The provider's id of the use on its subscription. No other redemption of the account has it. */
  provider_use_id: string | null;
  /** The same, recorded by an earlier version although an older redemption owns it. */
  disputed_use_id: string | null;
  /** The sequence number when it was held or reserved; null: it never was. */
  taken_sequence: number | null;
  /** The sequence number when the provider was known to count this use; null: it does not. */
  counted_sequence: number | null;
  cancel_reason: string | null;
  created_at: Instant;
  /** Null while the provider applies the use: such a hold does not expire. */
  held_until: Instant | null;
  /** The end of the order's own hold that an application to a subscription has replaced. */
  held_before: Instant | null;
  /** That hold, as JSON. */
  hold_before: string | null;
  redeemed_at: Instant | null;
  cancelled_at: Instant | null;
}
