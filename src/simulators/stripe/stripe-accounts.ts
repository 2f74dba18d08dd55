import type { Collection, Documents } from '../server/documents.ts';
import type { ProviderCode } from '../server/simulator.ts';
import { CouponDocument, isValid } from './coupon.ts';
import type { Cause, RecordChange } from './events/event-log.ts';
import { type OwnedDocuments, ownedDocuments } from './owned-documents.ts';
import { areInConflict, PromotionCodeDocument } from './promotion-code.ts';
import { PriceDocument } from './subscriptions/price.ts';
import { CustomerDocument } from './subscriptions/stripe-customer.ts';
import { DiscountDocument } from './subscriptions/stripe-discount.ts';
import { SubscriptionDocument } from './subscriptions/subscription.ts';

/** The objects of one account. Lists are newest first. */
export interface StripeAccount {
  readonly id: string;
  readonly customers: OwnedDocuments<CustomerDocument>;
  readonly prices: OwnedDocuments<PriceDocument>;
  readonly subscriptions: OwnedDocuments<SubscriptionDocument>;
  /** Undefined also for a deleted coupon. */
  coupon(id: string): CouponDocument | undefined;
  coupons(): CouponDocument[];
  promotionCode(id: string): PromotionCodeDocument | undefined;
  promotionCodes(): PromotionCodeDocument[];
  /** The coupon of a promotion code or a discount, even if it was deleted. */
  couponOf(item: { id: string; coupon: string }): CouponDocument;
  /** Another active code that conflicts with this one; see {@link areInConflict}. */
  conflictWith(promotionCode: PromotionCodeDocument): PromotionCodeDocument | undefined;
  /** Stores a coupon. Its codes end if it is not valid. */
  putCoupon(coupon: CouponDocument): void;
  /** Stores a code, as ended if it cannot be used. Returns what was stored. */
  putPromotionCode(promotionCode: PromotionCodeDocument): PromotionCodeDocument;
  discount(id: string): DiscountDocument | undefined;
  putDiscount(discount: DiscountDocument): void;
}

/** All accounts. */
export interface StripeAccounts {
  /** Every account id exists. `cause`: the request, for the events of what it changes. */
  open(account: string, cause?: Cause): StripeAccount;
  /** Counts uses of a promotion code and its coupon, or of a coupon alone. @throws if Stripe would refuse them */
  redeem(id: string, uses: number): void;
  /** How many uses were counted. @throws for an unknown id */
  redeemed(id: string): number;
  /** All promotion codes of all accounts. */
  promoCodes(): ProviderCode[];
}

interface Stored {
  coupons: Collection<CouponDocument>;
  promotionCodes: Collection<PromotionCodeDocument>;
  customers: Collection<CustomerDocument>;
  prices: Collection<PriceDocument>;
  subscriptions: Collection<SubscriptionDocument>;
  discounts: Collection<DiscountDocument>;
  clock: () => number;
  record: RecordChange;
}

const NO_CAUSE: Cause = { id: null, idempotency_key: null };

export function openAccounts(
  documents: Documents,
  { clock, record }: { clock: () => number; record: RecordChange },
): StripeAccounts {
  const stored: Stored = {
    coupons: documents.collection('coupons', CouponDocument),
    promotionCodes: documents.collection('promotion-codes', PromotionCodeDocument),
    customers: documents.collection('customers', CustomerDocument),
    prices: documents.collection('prices', PriceDocument),
    subscriptions: documents.collection('subscriptions', SubscriptionDocument),
    discounts: documents.collection('discounts', DiscountDocument),
    clock,
    record,
  };

  /** Ids are scoped to an account, but generated ids are unique across accounts. */
  function find(id: string): { coupon: CouponDocument; promotionCode?: PromotionCodeDocument } {
    const promotionCode = stored.promotionCodes.all().find((one) => one.id === id);
    const couponId = promotionCode?.coupon ?? id;
    const coupon = stored.coupons
      .all()
      .find((one) => one.id === couponId && one.account === (promotionCode?.account ?? one.account));
    if (coupon === undefined) throw new Error(`Stripe has no coupon or promotion code ${id}`);
    return { coupon, promotionCode };
  }

  return {
    open: (account, cause = NO_CAUSE) => openAccount(stored, account, cause),
    redeem(id, uses) {
      const account = openAccount(stored, find(id).coupon.account, NO_CAUSE);
      const { coupon, promotionCode } = find(id);
      if (!canBeUsed(coupon, promotionCode, { uses, now: clock() })) {
        throw new Error(`Stripe would not let ${id} be used ${uses} more times`);
      }
      countUses(account, { coupon, promotionCode, uses });
    },
    redeemed(id) {
      const { coupon, promotionCode } = find(id);
      return (promotionCode ?? coupon).times_redeemed;
    },
    promoCodes: () =>
      stored.promotionCodes.all().map(({ id, code, times_redeemed }) => ({ id, code, redeemed: times_redeemed })),
  };
}

function openAccount(stored: Stored, account: string, cause: Cause): StripeAccount {
  const { clock, record } = stored;
  const coupons = ownedDocuments(stored.coupons, account);
  const promotionCodes = ownedDocuments(stored.promotionCodes, account);
  const discounts = ownedDocuments(stored.discounts, account);

  function couponOf(item: { id: string; coupon: string }): CouponDocument {
    const coupon = coupons.get(item.coupon);
    if (coupon === undefined) throw new Error(`The coupon of ${item.id} does not exist`);
    return coupon;
  }

  function ended(promotionCode: PromotionCodeDocument): PromotionCodeDocument {
    const now = clock();
    const isUsable = isValid(couponOf(promotionCode), now) && !isOver(promotionCode, now) && hasLeft(promotionCode, 1);
    return isUsable ? promotionCode : { ...promotionCode, isEnded: true };
  }

  function putPromotionCode(promotionCode: PromotionCodeDocument): PromotionCodeDocument {
    const before = promotionCodes.get(promotionCode.id);
    const after = ended(promotionCode);
    promotionCodes.put(after);
    record(account, { object: 'promotion_code', before, after, coupon: couponOf(after) }, cause);
    return after;
  }

  // A code that became unusable stays inactive, even if the clock or its coupon changes later.
  function endUnusable(): void {
    for (const promotionCode of promotionCodes.newestFirst()) {
      if (!promotionCode.isEnded && ended(promotionCode).isEnded) putPromotionCode(promotionCode);
    }
  }

  endUnusable();
  return {
    id: account,
    customers: ownedDocuments(stored.customers, account),
    prices: ownedDocuments(stored.prices, account),
    subscriptions: ownedDocuments(stored.subscriptions, account),
    coupon(id) {
      const coupon = coupons.get(id);
      return coupon?.isDeleted ? undefined : coupon;
    },
    coupons: () => coupons.newestFirst().filter(({ isDeleted }) => !isDeleted),
    promotionCode: promotionCodes.get,
    promotionCodes: promotionCodes.newestFirst,
    couponOf,
    conflictWith: (promotionCode) =>
      promotionCodes
        .newestFirst()
        .find(
          (other) =>
            other.id !== promotionCode.id && other.active && !other.isEnded && areInConflict(other, promotionCode),
        ),
    putCoupon(after) {
      const before = coupons.get(after.id);
      coupons.put(after);
      record(account, { object: 'coupon', before: before?.isDeleted ? undefined : before, after }, cause);
      if (!isValid(after, clock())) endUnusable();
    },
    putPromotionCode,
    discount: discounts.get,
    putDiscount(after) {
      const before = discounts.get(after.id);
      discounts.put(after);
      record(account, { object: 'discount', before, after, coupon: couponOf(after) }, cause);
    },
  };
}

/** Raises the counters of a coupon and of the promotion code that it was used through, if any. */
export function countUses(
  account: StripeAccount,
  { coupon, promotionCode, uses = 1 }: { coupon: CouponDocument; promotionCode?: PromotionCodeDocument; uses?: number },
): void {
  if (promotionCode !== undefined) account.putPromotionCode(used(promotionCode, uses));
  account.putCoupon(used(coupon, uses));
}

/** Whether Stripe lets a coupon, or a promotion code with its coupon, be used so many more times. */
function canBeUsed(
  coupon: CouponDocument,
  promotionCode: PromotionCodeDocument | undefined,
  { uses, now }: { uses: number; now: number },
): boolean {
  if (!isValid(coupon, now) || !hasLeft(coupon, uses)) return false;
  if (promotionCode === undefined) return true;
  const { active, isEnded } = promotionCode;
  return active && !isEnded && !isOver(promotionCode, now) && hasLeft(promotionCode, uses);
}

/** Whether the time of a promotion code is over. `now` is in milliseconds. */
export function isOver({ expires_at }: Pick<PromotionCodeDocument, 'expires_at'>, now: number): boolean {
  return expires_at !== null && now >= expires_at * 1000;
}

interface Counted {
  times_redeemed: number;
  max_redemptions: number | null;
}

/** Whether so many more uses are within the limit. */
export function hasLeft({ times_redeemed, max_redemptions }: Counted, uses: number): boolean {
  return max_redemptions === null || times_redeemed + uses <= max_redemptions;
}

function used<Item extends Counted>(item: Item, uses: number): Item {
  return { ...item, times_redeemed: item.times_redeemed + uses };
}
