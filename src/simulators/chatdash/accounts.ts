import type { Collection, Documents } from '../server/documents.ts';
import { CouponDocument, isValid } from './coupon.ts';
import { areInConflict, PromotionCodeDocument } from './promotion-code.ts';

/** The coupons and promotion codes of one connected account. Lists are newest first. */
export interface StripeAccount {
  coupon(id: string): CouponDocument | undefined;
  coupons(): CouponDocument[];
  promotionCodes(couponId: string): PromotionCodeDocument[];
  /** An active code that keeps this one from being active. */
  conflictWith(promotionCode: PromotionCodeDocument): PromotionCodeDocument | undefined;
  putCoupon(coupon: CouponDocument): void;
  /** Stores it, inactive where it cannot be used. */
  putPromotionCode(promotionCode: PromotionCodeDocument): PromotionCodeDocument;
}

export interface StripeAccounts {
  /** Any account exists. */
  open(account: string): StripeAccount;
  /** Counts uses of a promotion code and its coupon, or of a coupon alone. @throws when Stripe would not */
  redeem(id: string, uses: number): void;
  /** @throws for an unknown id */
  redeemed(id: string): number;
  /** The text of every promotion code of every account. */
  codes(): string[];
}

interface Stored {
  coupons: Collection<CouponDocument>;
  promotionCodes: Collection<PromotionCodeDocument>;
  clock: () => number;
}

export function openAccounts(documents: Documents, clock: () => number): StripeAccounts {
  const stored: Stored = {
    coupons: documents.collection('coupons', CouponDocument),
    promotionCodes: documents.collection('promotion-codes', PromotionCodeDocument),
    clock,
  };

  /** Ids are an account's own, yet the generated ones are unique everywhere. */
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
    open: (account) => openAccount(stored, account),
    redeem(id, uses) {
      const { account } = find(id).coupon;
      const { putCoupon, putPromotionCode } = openAccount(stored, account);
      const { coupon, promotionCode } = find(id);
      if (!canBeUsed(coupon, promotionCode, { uses, now: clock() })) {
        throw new Error(`Stripe would not let ${id} be used ${uses} more times`);
      }
      putCoupon(used(coupon, uses));
      if (promotionCode !== undefined) putPromotionCode(used(promotionCode, uses));
    },
    redeemed(id) {
      const { coupon, promotionCode } = find(id);
      return (promotionCode ?? coupon).times_redeemed;
    },
    codes: () => stored.promotionCodes.all().map(({ code }) => code),
  };
}

function openAccount(stored: Stored, account: string): StripeAccount {
  const key = (id: string) => `${account}/${id}`;
  const ownCodes = () => stored.promotionCodes.all().filter((one) => one.account === account);

  function putPromotionCode(promotionCode: PromotionCodeDocument): PromotionCodeDocument {
    const coupon = stored.coupons.get(key(promotionCode.coupon));
    const active = coupon !== undefined && canBeUsed(coupon, promotionCode, { uses: 1, now: stored.clock() });
    const settled = { ...promotionCode, active };
    stored.promotionCodes.put(key(settled.id), settled);
    return settled;
  }

  // A code that has become unusable is inactive for good, whatever the clock or its coupon does later.
  for (const promotionCode of ownCodes()) if (promotionCode.active) putPromotionCode(promotionCode);

  return {
    coupon: (id) => stored.coupons.get(key(id)),
    coupons: () =>
      stored.coupons
        .all()
        .filter((one) => one.account === account)
        .reverse(),
    promotionCodes: (couponId) =>
      ownCodes()
        .filter(({ coupon }) => coupon === couponId)
        .reverse(),
    conflictWith: (promotionCode) => ownCodes().find((other) => other.active && areInConflict(other, promotionCode)),
    putCoupon: (coupon) => stored.coupons.put(key(coupon.id), coupon),
    putPromotionCode,
  };
}

function canBeUsed(
  coupon: CouponDocument,
  promotionCode: PromotionCodeDocument | undefined,
  { uses, now }: { uses: number; now: number },
): boolean {
  if (!isValid(coupon, now) || !hasLeft(coupon, uses)) return false;
  if (promotionCode === undefined) return true;
  const { active, expires_at } = promotionCode;
  return active && (expires_at === null || now < expires_at * 1000) && hasLeft(promotionCode, uses);
}

interface Counted {
  times_redeemed: number;
  max_redemptions: number | null;
}

function hasLeft({ times_redeemed, max_redemptions }: Counted, uses: number): boolean {
  return max_redemptions === null || times_redeemed + uses <= max_redemptions;
}

function used<Item extends Counted>(item: Item, uses: number): Item {
  return { ...item, times_redeemed: item.times_redeemed + uses };
}
