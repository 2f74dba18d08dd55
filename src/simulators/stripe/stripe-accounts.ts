import type { Collection, Documents } from '../server/documents.ts';
import type { ProviderCode } from '../server/simulator.ts';
import { CouponDocument, isValid } from './coupon.ts';
import { areInConflict, PromotionCodeDocument } from './promotion-code.ts';

/** The coupons and promotion codes of one account. Lists are newest first. */
export interface StripeAccount {
  readonly id: string;
  /** Undefined also for a deleted coupon. */
  coupon(id: string): CouponDocument | undefined;
  coupons(): CouponDocument[];
  promotionCode(id: string): PromotionCodeDocument | undefined;
  promotionCodes(): PromotionCodeDocument[];
  /** The coupon of a promotion code, even if it was deleted. */
  couponOf(promotionCode: PromotionCodeDocument): CouponDocument;
  /** Another active code that conflicts with this one; see {@link areInConflict}. */
  conflictWith(promotionCode: PromotionCodeDocument): PromotionCodeDocument | undefined;
  /** Stores a coupon. Its codes end if it is not valid. */
  putCoupon(coupon: CouponDocument): void;
  /** Stores a code, as ended if it cannot be used. Returns what was stored. */
  putPromotionCode(promotionCode: PromotionCodeDocument): PromotionCodeDocument;
}

/** All accounts. */
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
      const account = openAccount(stored, find(id).coupon.account);
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

/** Raises the counters of a coupon and of the promotion code that it was used through, if any. */
export function countUses(
  account: StripeAccount,
  { coupon, promotionCode, uses = 1 }: { coupon: CouponDocument; promotionCode?: PromotionCodeDocument; uses?: number },
): void {
  if (promotionCode !== undefined) account.putPromotionCode(used(promotionCode, uses));
  account.putCoupon(used(coupon, uses));
}

/** Whether Stripe lets a coupon, or a promotion code with its coupon, be used so many more times. */
export function canBeUsed(
  coupon: CouponDocument,
  promotionCode: PromotionCodeDocument | undefined,
  { uses, now }: { uses: number; now: number },
): boolean {
  if (!isValid(coupon, now) || !hasLeft(coupon, uses)) return false;
  if (promotionCode === undefined) return true;
  const { active, isEnded } = promotionCode;
  return active && !isEnded && !isOver(promotionCode, now) && hasLeft(promotionCode, uses);
}

function openAccount(stored: Stored, account: string): StripeAccount {
  const { coupons, promotionCodes, clock } = stored;
  const storageKey = (id: string) => `${account}/${id}`;
  const ownCodes = () => promotionCodes.all().filter((one) => one.account === account);

  function couponOf(promotionCode: PromotionCodeDocument): CouponDocument {
    const coupon = coupons.get(storageKey(promotionCode.coupon));
    if (coupon === undefined) throw new Error(`The promotion code ${promotionCode.id} has no coupon`);
    return coupon;
  }

  function ended(promotionCode: PromotionCodeDocument): PromotionCodeDocument {
    const now = clock();
    const isUsable = isValid(couponOf(promotionCode), now) && !isOver(promotionCode, now) && hasLeft(promotionCode, 1);
    return isUsable ? promotionCode : { ...promotionCode, isEnded: true };
  }

  function putPromotionCode(promotionCode: PromotionCodeDocument): PromotionCodeDocument {
    const updated = ended(promotionCode);
    promotionCodes.put(storageKey(updated.id), updated);
    return updated;
  }

  // A code that became unusable stays inactive, even if the clock or its coupon changes later.
  function endUnusable(): void {
    for (const promotionCode of ownCodes()) {
      if (!promotionCode.isEnded && ended(promotionCode).isEnded) putPromotionCode(promotionCode);
    }
  }

  endUnusable();
  return {
    id: account,
    coupon(id) {
      const coupon = coupons.get(storageKey(id));
      return coupon?.isDeleted ? undefined : coupon;
    },
    coupons: () => newestFirst(coupons.all().filter((one) => one.account === account && !one.isDeleted)),
    promotionCode: (id) => promotionCodes.get(storageKey(id)),
    promotionCodes: () => newestFirst(ownCodes()),
    couponOf,
    conflictWith: (promotionCode) =>
      ownCodes().find(
        (other) =>
          other.id !== promotionCode.id && other.active && !other.isEnded && areInConflict(other, promotionCode),
      ),
    putCoupon(coupon) {
      coupons.put(storageKey(coupon.id), coupon);
      if (!isValid(coupon, clock())) endUnusable();
    },
    putPromotionCode,
  };
}

function newestFirst<Item extends { created: number }>(items: Item[]): Item[] {
  return items.reverse().sort((a, b) => b.created - a.created);
}

function isOver({ expires_at }: PromotionCodeDocument, now: number): boolean {
  return expires_at !== null && now >= expires_at * 1000;
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
