import type { Money } from '../money/money.ts';
import type { Discount, Duration, Instant, Metadata, ProviderName, StatedDiscount } from '../promotion/promotion.ts';
import type { ProviderCapabilities } from './capabilities.ts';

/**
 * One account at one billing provider, spoken to in its own dialect.
 *
 * What a provider can do is told by the methods it has: a missing method is an operation that its API does not offer.
 * What it can carry is told by {@link ProviderCapabilities}; callers check both before they call, so an adapter may assume
 * that its input fits. Every method resolves to what the provider answered, in domain terms, or throws a
 * {@link ProviderError}; none retries.
 */
export interface Provider {
  readonly name: ProviderName;
  /** The provider's id of the account; "default" where a provider has only one. */
  readonly account: string;
  readonly mode: 'SANDBOX' | 'TEST' | 'LIVE';
  readonly capabilities: ProviderCapabilities;

  /** Creates a promo code. Throws with reason CODE_TAKEN, or NOT_FOUND for a coupon that is not there. */
  createPromoCode?(promoCode: NewPromoCode, call: WriteCall): Promise<ProviderPromoCode>;
  /**
   * What this write has made, where the provider keeps which write made a promo code; null: nothing, so far. UNDECIDABLE:
   * there is one that it may have made, and nothing tells.
   */
  findMadePromoCode?(promoCode: NewPromoCode, call: WriteCall): Promise<ProviderPromoCode | 'UNDECIDABLE' | null>;
  /**
   * Reads a promo code by the provider's id; null when the provider has none. A coupon where both kinds share their ids
   * and it is one now.
   */
  readPromoCode?(providerId: string, call: Call): Promise<ProviderPromoCode | ProviderCoupon | null>;
  /** Looks a promo code up by its text; null when no live code has it. */
  findPromoCode?(code: string, call: Call): Promise<ProviderPromoCode | null>;
  /** A page of promo codes, newest first, of one coupon where the provider lists them so. */
  listPromoCodes?(page: PromoCodePageRequest, call: Call): Promise<Page<ProviderPromoCode>>;
  /** Changes a promo code; an absent field stays, null clears. */
  updatePromoCode?(providerId: string, change: PromoCodeChange, call: WriteCall): Promise<ProviderPromoCode>;

  /** Both kinds in one list, newest first, where the provider keeps them so. */
  listPromotions?(page: PageRequest, call: Call): Promise<Page<ProviderPromoCode | ProviderCoupon>>;

  createCoupon?(coupon: NewCoupon, call: WriteCall): Promise<ProviderCoupon>;
  /** What this write has made, where the provider keeps which write made a coupon; null: nothing, so far. */
  findMadeCoupon?(call: WriteCall): Promise<ProviderCoupon | null>;
  /** The same for a coupon. */
  readCoupon?(providerId: string, call: Call): Promise<ProviderCoupon | ProviderPromoCode | null>;
  listCoupons?(page: PageRequest, call: Call): Promise<Page<ProviderCoupon>>;
  updateCoupon?(providerId: string, change: CouponChange, call: WriteCall): Promise<ProviderCoupon>;
  /** Takes a coupon out of use for good. Archiving twice is not an error. */
  archiveCoupon?(providerId: string, call: WriteCall): Promise<ProviderCoupon>;

  /**
   * Uses a promo code, or a coupon (which has no code to name), on one of the provider's subscriptions; the provider
   * counts it. Resolves to the provider's id of the use, which is not among `usesBefore`. Throws with reason UNSUPPORTED
   * for a coupon that cannot be named there.
   */
  applyToSubscription?(
    promotion: { providerId: string; code?: string },
    target: { subscriptionId: string; usesBefore: string[] },
    call: WriteCall,
  ): Promise<string>;
  /**
   * The ids of a promotion's uses on a subscription, ended ones too. Noted before an application whose answer is then
   * lost, they tell what it did: a new one is its.
   */
  listSubscriptionUses?(promotion: { providerId: string }, subscriptionId: string, call: Call): Promise<string[]>;
  /** Ends such a use; one that has ended already is not an error. The provider's count stays as it is. */
  removeFromSubscription?(use: { useId: string; subscriptionId: string }, call: WriteCall): Promise<void>;
}

export interface Call {
  /** Cancels a read when nobody waits for it any more. Absent for writes: they go on. */
  signal?: AbortSignal;
  /** Called right before each request is written, once it has its turn. */
  onSend?(): void;
}
export interface WriteCall extends Call {
  /** Unique to this write, the same when it is tried again: the provider's idempotency key where it has one. */
  intentId: string;
  /** Called right before each request that changes something is written; throws when it must not be sent any more. */
  beforeSending?(): void;
}

export interface PageRequest {
  /** The previous page's `next`; absent for the first page. */
  cursor?: string;
  limit: number;
}
export interface PromoCodePageRequest extends PageRequest {
  couponId?: string;
  /** The coupon was read just now: a code may come with no more than its id. */
  isCouponKnown?: boolean;
}
export interface Page<Item> {
  items: Item[];
  /** The cursor of the next page; null at the end. */
  next: string | null;
  /**
   * How many entries were left out because they cannot be expressed here, such as an amount in a currency of unknown
   * scale; absent: none. An object that is missing from such a page may still be there.
   */
  unreadable?: number;
}

/** Terms of a coupon to be made. */
export interface NewCoupon {
  name: string;
  discount: StatedDiscount;
  duration: Duration;
  maxRedemptions?: number;
  startsAt?: Instant;
  expiresAt?: Instant;
  metadata?: Metadata;
}

/** A promo code to be made, on a coupon that exists (`couponId`) or with terms of its own. */
export interface NewPromoCode {
  /** As the merchant wrote it, trimmed. */
  code: string;
  terms: { couponId: string } | { discount: StatedDiscount; duration: Duration };
  maxRedemptions?: number;
  startsAt?: Instant;
  expiresAt?: Instant;
  customerId?: string;
  planId?: string;
  firstTransactionOnly?: boolean;
  minimumOrder?: Money;
  metadata?: Metadata;
}

export interface PromoCodeChange {
  active?: boolean;
  maxRedemptions?: number | null;
  startsAt?: Instant | null;
  expiresAt?: Instant | null;
}
export interface CouponChange {
  name?: string;
  metadata?: Metadata | null;
}

/** What an answer says of a promo code or coupon. `undefined`: the answer leaves it out, so what was known stays. */
interface ProviderPromotion {
  providerId: string;
  discount: Discount | undefined;
  duration: Duration | undefined;
  active: boolean | undefined;
  /** Null: no limit. */
  maxRedemptions: number | null | undefined;
  redeemedCount: number | undefined;
  /** Uses left, where the answer says so without the limit or the count: a known limit gives the other. */
  remaining?: number;
  startsAt: Instant | null | undefined;
  expiresAt: Instant | null | undefined;
  createdAt: Instant | undefined;
  metadata: Metadata | null | undefined;
  /** The only products that it is for; null: any. Those of the coupon behind a promo code are the code's. */
  productIds?: string[] | null | undefined;
  /** The write that made it, where the provider keeps that: the proof that it is ours. Null: nothing tells. */
  intentId?: string | null;
  /**
   * True where the provider keeps promo codes and coupons as records of one sort, under one set of ids. Such a record stays
   * of the kind that it was first known by.
   */
  isOneOfBoth?: boolean;
}
export interface ProviderCoupon extends ProviderPromotion {
  kind: 'Coupon';
  name: string | null | undefined;
}
/** The coupon of a promo code whose answer tells no more of it than its id. */
export interface CouponReference {
  kind: 'CouponReference';
  providerId: string;
}
export interface ProviderPromoCode extends ProviderPromotion {
  kind: 'PromoCode';
  code: string | undefined;
  /** The coupon that holds the terms; null where the terms are the code's own. */
  coupon: ProviderCoupon | CouponReference | null;
  customerId: string | null | undefined;
  planId: string | null | undefined;
  firstTransactionOnly: boolean | undefined;
  minimumOrder: Money | null | undefined;
}

/** UP: calls are answered. DEGRADED: the latest one failed, or one is tried out again. DOWN: none is sent now. */
export type ProviderHealth = 'UP' | 'DEGRADED' | 'DOWN';
