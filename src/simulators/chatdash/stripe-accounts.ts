import type { Collection, Documents } from '../server/documents.ts';
import type { ProviderCode } from '../server/simulator.ts';
import { CouponDocument, isValid } from './coupon.ts';
import { areInConflict, PromotionCodeDocument } from './promotion-code.ts';

/** The coupons and promotion codes of one connected account. Lists are newest first. */
export interface StripeAccount {
  coupon(id: string): CouponDocument | undefined;
  coupons(): CouponDocument[];
  promotionCodes(couponId: string): PromotionCodeDocument[];
  /** Another active code that conflicts with this one; see {@link areInConflict}. */
  conflictWith(promotionCode: PromotionCodeDocument): PromotionCodeDocument | undefined;
  putCoupon(coupon: CouponDocument): void;
  /** Stores a code, as inactive if it cannot be used. Returns what was stored. */
  putPromotionCode(promotionCode: PromotionCodeDocument): PromotionCodeDocument;
}

/** All connected accounts. */
export interface StripeAccounts {
  /** Every account id exists. */
  open(account: string): StripeAccount;
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
  clock: () => number;
}

export function openAccounts(documents: Documents, clock: () => number): StripeAccounts {
  const stored: Stored = {
    coupons: documents.collection('coupons', CouponDocument),
    promotionCodes: documents.collection('promotion-codes', PromotionCodeDocument),
    clock,
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
    promoCodes: () =>
      stored.promotionCodes.all().map(({ id, code, times_redeemed }) => ({ id, code, redeemed: times_redeemed })),
  };
}

function openAccount(stored: Stored, account: string): StripeAccount {
  const storageKey = (id: string) => `${account}/${id}`;
  const ownCodes = () => stored.promotionCodes.all().filter((one) => one.account === account);

  function putPromotionCode(promotionCode: PromotionCodeDocument): PromotionCodeDocument {
    const coupon = stored.coupons.get(storageKey(promotionCode.coupon));
    const active = coupon !== undefined && canBeUsed(coupon, promotionCode, { uses: 1, now: stored.clock() });
    const updated = { ...promotionCode, active };
    stored.promotionCodes.put(storageKey(updated.id), updated);
    return updated;
  }

  // A code that became unusable stays inactive, even if the clock or its coupon changes later.
  for (const promotionCode of ownCodes()) if (promotionCode.active) putPromotionCode(promotionCode);

  return {
    coupon: (id) => stored.coupons.get(storageKey(id)),
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
    putCoupon: (coupon) => stored.coupons.put(storageKey(coupon.id), coupon),
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
