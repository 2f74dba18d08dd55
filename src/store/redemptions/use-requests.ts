import type { Instant, Promotion } from '../../domain/promotion/promotion.ts';
import type { UseRequest } from '../../domain/redemption/eligibility.ts';
import { type Refusal, refusal } from '../../domain/redemption/outcomes.ts';
import type { Promotions } from '../promotions/promotions.ts';
import type { RedemptionRow } from '../tables.ts';
import { type ActiveUses, grantedOf, ownUse } from './active-uses.ts';
import type { Use } from './ledger-commands.ts';
import type { Uses } from './uses.ts';

/** A requested use, and everything that its verdict depends on. */
export interface PreparedUse {
  /** The order's own use, held or redeemed; undefined: it has none. */
  own: RedemptionRow | undefined;
  request: UseRequest;
}

/** Reads everything that a verdict depends on from the store. */
export class UseRequests {
  readonly #promotions: Promotions;
  readonly #uses: Uses;
  readonly #activeUses: ActiveUses;

  constructor(promotions: Promotions, uses: Uses, activeUses: ActiveUses) {
    this.#promotions = promotions;
    this.#uses = uses;
    this.#activeUses = activeUses;
  }

  /**
   * Reads the facts for a verdict. Returns a refusal if the promotion or its coupon is not in the store.
   * @param isPromise false: the order's own hold is judged as if it were new
   */
  prepare(use: Use, now: Instant, isPromise: boolean): PreparedUse | Refusal {
    const promotion = this.#promotions.get(use.promotionId, now);
    if (!promotion) return refusal('NOT_FOUND');
    const couponId = couponIdOf(promotion);
    const coupon = couponId === null ? null : this.#promotions.getCoupon(couponId, now);
    if (couponId !== null && !coupon) return refusal('COUPON_INVALID');
    const { caller, customerId, order } = use;
    const rows = this.#activeUses.ofOrder(use);
    const { own, others, isOfNamedCustomer } = ownUse(rows, promotion.id, customerId);
    const request: UseRequest = {
      promotion,
      coupon,
      customerId,
      order,
      ownHold: own?.status === 'HELD' ? { ...grantedOf(own), customerId: own.customer_id, isPromise } : null,
      otherUses: others.map(grantedOf),
      isOfNamedCustomer,
      customerUses: customerId === null ? 0 : this.#uses.countOf(customerId, promotion.id, own),
      hasTransacted: isForFirst(promotion) && this.#hasTransacted(use, promotion),
      releaseOf: (promotionId, holds, whose) =>
        this.#activeUses.releaseOf(
          {
            promotionId,
            customerId: whose === 'CUSTOMER' ? (customerId ?? undefined) : undefined,
            caller: use.mayRead ? undefined : caller,
          },
          holds,
        ),
    };
    return { own, request };
  }

  #hasTransacted({ caller, customerId, order: { id } }: Use, promotion: Promotion): boolean {
    return customerId !== null && this.#activeUses.hasTransacted(customerId, promotion, { caller, id });
  }
}

/** The coupon of a promo code; null for a promo code with its own terms, and for a coupon. */
export function couponIdOf(promotion: Promotion): string | null {
  return promotion.kind === 'PromoCode' ? promotion.couponId : null;
}

function isForFirst(promotion: Promotion): boolean {
  return promotion.kind === 'PromoCode' && promotion.firstTransactionOnly;
}

/** Whether the request names a customer for a guest's use. The use then becomes that customer's. */
export function isClaimedByCustomer(own: RedemptionRow, { customerId }: Use): boolean {
  return own.customer_id === null && customerId !== null;
}
