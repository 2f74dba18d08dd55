import type { Money } from '../money/money.ts';
import type { Discount, Duration, Instant, Metadata, ProviderName, StatedDiscount } from '../promotion/promotion.ts';
import type { ProviderCapabilities } from './capabilities.ts';

/**
 * An adapter for one account at one billing provider.
 *
 * A missing method means that the provider's API does not offer the operation. {@link ProviderCapabilities} say which
 * values it accepts. Callers check both first, so an adapter may assume that its input is acceptable. Every method
 * resolves to the provider's answer in domain terms, or throws a `ProviderError`. No method retries.
 */
export interface Provider {
  readonly name: ProviderName;
  /** The provider's id of the account; "default" if the provider has only one. */
  readonly account: string;
  readonly mode: 'SANDBOX' | 'TEST' | 'LIVE';
  readonly capabilities: ProviderCapabilities;

  /** Creates a promo code. Throws with reason CODE_TAKEN, or NOT_FOUND if its coupon does not exist. */
  createPromoCode?(promoCode: NewPromoCode, call: WriteCall): Promise<ProviderPromoCode>;
  /**
   * Finds the promo code that this write created; null: none yet. UNDECIDABLE: one exists, and the provider does not
   * show which write created it.
   */
  findMadePromoCode?(promoCode: NewPromoCode, call: WriteCall): Promise<ProviderPromoCode | 'UNDECIDABLE' | null>;
  /**
   * Reads a promo code by the provider's id; null if it does not exist. Returns a coupon if both kinds share their ids
   * and the object is a coupon now.
   */
  readPromoCode?(providerId: string, call: Call): Promise<ProviderPromoCode | ProviderCoupon | null>;
  /**
   * Looks up the live promo codes with a text, in any letter case; empty: none. Several, if the provider has codes of one text for
   * different customers. May have codes that are not live after them.
   */
  findPromoCodes?(code: string, call: Call): Promise<ProviderPromoCode[]>;
  /** A page of promo codes, newest first: of one coupon, if the provider lists them by coupon. */
  listPromoCodes?(page: PromoCodePageRequest, call: Call): Promise<Page<ProviderPromoCode>>;
  /** Changes a promo code. An absent field stays; null clears it. */
  updatePromoCode?(providerId: string, change: PromoCodeChange, call: WriteCall): Promise<ProviderPromoCode>;

  /** A page of promo codes and coupons, newest first. Only for providers that have both in one list. */
  listPromotions?(page: PageRequest, call: Call): Promise<Page<ProviderPromoCode | ProviderCoupon>>;

  createCoupon?(coupon: NewCoupon, call: WriteCall): Promise<ProviderCoupon>;
  /** Finds the coupon that this write created, if the provider shows which write that was; null: none yet. */
  findMadeCoupon?(call: WriteCall): Promise<ProviderCoupon | null>;
  /** Reads a coupon by the provider's id, like {@link readPromoCode}. */
  readCoupon?(providerId: string, call: Call): Promise<ProviderCoupon | ProviderPromoCode | null>;
  listCoupons?(page: PageRequest, call: Call): Promise<Page<ProviderCoupon>>;
  updateCoupon?(providerId: string, change: CouponChange, call: WriteCall): Promise<ProviderCoupon>;
  /** Deactivates a coupon permanently. Archiving it twice is not an error. */
  archiveCoupon?(providerId: string, call: WriteCall): Promise<ProviderCoupon>;

  /**
   * Applies a promo code, or a coupon (without `code`), to one of the provider's subscriptions. The provider counts the
   * use. Resolves to the provider's id of the use, which is not in `usesBefore`. Throws with reason UNSUPPORTED for a
   * coupon that the provider cannot apply directly.
   */
  applyToSubscription?(
    promotion: { providerId: string; code?: string },
    target: { subscriptionId: string; usesBefore: string[] },
    call: WriteCall,
  ): Promise<string>;
  /**
   * The ids of a promotion's uses on a subscription, including ended ones if the provider shows them. The gateway records
   * them before an application. If the answer is lost, a new id shows that the application succeeded.
   */
  listSubscriptionUses?(promotion: { providerId: string }, subscriptionId: string, call: Call): Promise<string[]>;
  /** Ends a use. Ending it twice is not an error. The provider's count does not change. */
  removeFromSubscription?(use: { useId: string; subscriptionId: string }, call: WriteCall): Promise<void>;
}

/** The context of one call to a provider. */
export interface Call {
  /** Cancels a read when no client waits for it. Absent for writes, which always complete. */
  signal?: AbortSignal;
  /** Called right before each HTTP request is sent, after its wait in the queue. */
  onSend?(): Promise<void> | void;
}
export interface WriteCall extends Call {
  /** Unique to this write, and the same for a retry. The provider's idempotency key, if it supports one. */
  intentId: string;
  /** Called right before each HTTP request that changes something is sent. Throws if it must not be sent. */
  beforeSending?(): Promise<void> | void;
}

export interface PageRequest {
  /** The previous page's `next`; absent for the first page. */
  cursor?: string;
  limit: number;
}
export interface PromoCodePageRequest extends PageRequest {
  couponId?: string;
  /** The coupon was just read, so the promo codes may refer to it by id only. */
  isCouponKnown?: boolean;
}
export interface Page<Item> {
  items: Item[];
  /** The cursor of the next page; null at the end. */
  next: string | null;
  /**
   * How many entries the adapter left out because the domain cannot express them, such as an amount in a currency with
   * unknown decimals; absent: none. An object that is missing from such a page may still exist.
   */
  unreadable?: number;
}

/** A coupon to create. */
export interface NewCoupon {
  name: string;
  discount: StatedDiscount;
  duration: Duration;
  maxRedemptions?: number;
  startsAt?: Instant;
  expiresAt?: Instant;
  metadata?: Metadata;
}

/** A promo code to create, for an existing coupon (`couponId`) or with its own terms. */
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
  /** The minimum order in other currencies, each once, in the order of their codes. Absent: none. */
  minimumOrderOptions?: Money[];
  metadata?: Metadata;
}

export interface PromoCodeChange {
  active?: boolean;
  maxRedemptions?: number | null;
  startsAt?: Instant | null;
  expiresAt?: Instant | null;
  /** Replaces all metadata; null clears it. */
  metadata?: Metadata | null;
}
export interface CouponChange {
  name?: string;
  metadata?: Metadata | null;
}

/** A promo code or coupon in an answer. `undefined`: the answer omits the field, so the stored value stays. */
interface ProviderPromotion {
  providerId: string;
  /** If a fixed discount has no `currencyOptions`, the answer omits them. An empty list: the discount has none. */
  discount: Discount | undefined;
  duration: Duration | undefined;
  active: boolean | undefined;
  /** Null: no limit. */
  maxRedemptions: number | null | undefined;
  redeemedCount: number | undefined;
  /** The remaining uses, if the answer has them instead of the count. A known limit gives the count. */
  remaining?: number;
  startsAt: Instant | null | undefined;
  expiresAt: Instant | null | undefined;
  createdAt: Instant | undefined;
  metadata: Metadata | null | undefined;
  /** The only products that it applies to; null: any. A promo code has the products of its coupon. */
  productIds?: string[] | null | undefined;
  /** The write that created it, if the provider stores that. Proves that this gateway created it. Null: unknown. */
  intentId?: string | null;
  /**
   * The provider stores promo codes and coupons as one type of object with shared ids. Such an object keeps the kind
   * that the gateway first saw.
   */
  isOneOfBoth?: boolean;
}
export interface ProviderCoupon extends ProviderPromotion {
  kind: 'Coupon';
  name: string | null | undefined;
}
/** The coupon of a promo code in an answer that contains only its id. */
export interface CouponReference {
  kind: 'CouponReference';
  providerId: string;
}
export interface ProviderPromoCode extends ProviderPromotion {
  kind: 'PromoCode';
  code: string | undefined;
  /** The coupon that has the terms; null: the promo code has its own terms. */
  coupon: ProviderCoupon | CouponReference | null;
  customerId: string | null | undefined;
  planId: string | null | undefined;
  firstTransactionOnly: boolean | undefined;
  minimumOrder: Money | null | undefined;
  /** An empty list: none. Absent: the answer omits them, or the provider has none. */
  minimumOrderOptions?: Money[];
}

/** UP: calls succeed. DEGRADED: the last call failed, or a trial call runs. DOWN: the gateway sends no calls. */
export const PROVIDER_HEALTHS = ['UP', 'DEGRADED', 'DOWN'] as const;
export type ProviderHealth = (typeof PROVIDER_HEALTHS)[number];
