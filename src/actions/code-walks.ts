import type { PromotionKey } from '../promo/identity.ts';
import { promotionId } from '../promo/identity.ts';
import {
  type Page,
  type Provider,
  type ProviderCoupon,
  ProviderFailure,
  type ProviderPromoCode,
} from '../promo/provider.ts';

/** As many as every provider gives at once. */
const PAGE = 100;
/** How many promo codes are remembered with their page. */
const CAPACITY = 100_000;

/** What a walk through the codes of a coupon has found. */
export interface Walked {
  facts: (ProviderPromoCode | ProviderCoupon)[];
  /** Nothing was left out: what is missing is gone. */
  isComplete: boolean;
  /** It ended where all that was wanted had been found. */
  isCutShort: boolean;
}

type List = (cursor: string | undefined) => Promise<Page<ProviderPromoCode> | undefined>;

/**
 * Walks through the promo codes of coupons, where a provider tells of a code in the list of its coupon alone. A walk ends
 * at the page that has what is wanted; those who want something while it is under way share it. The page on which a code
 * was last seen is remembered, so that the next read of the code costs one call. In memory, bounded.
 */
export class CodeWalks {
  /** By coupon: what the walk that is under way, or the next one, has to find. */
  readonly #wanted = new Map<string, Set<string>>();
  /** By promo code: the cursor of its page. None for the first page, where a walk begins anyway. */
  readonly #cursors = new Map<string, string>();

  /** The walk through this coupon's codes is to go on until it has found this promotion. */
  want(couponId: string, id: string): void {
    const wanted = this.#wanted.get(couponId) ?? new Set();
    this.#wanted.set(couponId, wanted.add(id));
  }

  /** Where the page begins on which a promo code was last seen; undefined: not known. */
  cursorOf(id: string): string | undefined {
    return this.#cursors.get(id);
  }

  /** The one page on which a code was last seen; nothing where the provider does not know the place any more. */
  async page(provider: Provider, coupon: PromotionKey, cursor: string): Promise<Walked> {
    const walked: Walked = { facts: [], isComplete: false, isCutShort: false };
    try {
      const page = await listOf(provider, coupon)(cursor);
      if (page) this.#takeUp(walked, coupon, page, cursor);
    } catch (error) {
      // A cursor is the id of a code: it is refused once that code is gone.
      if (!(error instanceof ProviderFailure) || error.kind !== 'REJECTED') throw error;
    }
    return walked;
  }

  /** From the first page to the one with the last of what is wanted, or to the end. */
  async walk(provider: Provider, coupon: PromotionKey): Promise<Walked> {
    const couponId = promotionId(coupon);
    try {
      return await this.#walk(provider, coupon, couponId);
    } finally {
      this.#wanted.delete(couponId);
    }
  }

  async #walk(provider: Provider, coupon: PromotionKey, couponId: string): Promise<Walked> {
    const list = listOf(provider, coupon);
    const walked: Walked = { facts: [], isComplete: true, isCutShort: false };
    let cursor: string | undefined;
    for (;;) {
      const page = await list(cursor).catch((error: unknown) => {
        if (!(error instanceof ProviderFailure) || error.reason !== 'NOT_FOUND') throw error;
        // The coupon is gone, or the code that a later page was to follow.
        walked.isComplete &&= cursor === undefined;
        return undefined;
      });
      if (!page) return walked;
      this.#takeUp(walked, coupon, page, cursor);
      if (page.next === null) return walked;
      if (this.#hasAll(couponId, coupon, walked)) return { ...walked, isComplete: false, isCutShort: true };
      cursor = page.next;
    }
  }

  /** True where nothing that is wanted is missing. What is wanted from then on is for the next walk. */
  #hasAll(couponId: string, coupon: PromotionKey, { facts }: Walked): boolean {
    const found = new Set(facts.map(({ kind, providerId }) => promotionId({ ...coupon, kind, providerId })));
    const wanted = this.#wanted.get(couponId);
    if (!wanted || ![...wanted].every((id) => found.has(id))) return false;
    this.#wanted.delete(couponId);
    return true;
  }

  #takeUp(
    walked: Walked,
    coupon: PromotionKey,
    { items, unreadable }: Page<ProviderPromoCode>,
    cursor: string | undefined,
  ): void {
    const coupons = new Map(
      items.flatMap(({ coupon }) => (coupon?.kind === 'Coupon' ? [[coupon.providerId, coupon]] : [])),
    );
    walked.facts.push(...coupons.values(), ...items);
    for (const code of items) {
      this.#remember(promotionId({ ...coupon, kind: 'PromoCode', providerId: code.providerId }), cursor);
    }
    walked.isComplete &&= !unreadable;
  }

  #remember(id: string, cursor: string | undefined): void {
    this.#cursors.delete(id);
    if (cursor === undefined) return;
    const [oldest] = this.#cursors.keys();
    if (this.#cursors.size >= CAPACITY && oldest !== undefined) this.#cursors.delete(oldest);
    this.#cursors.set(id, cursor);
  }
}

function listOf(provider: Provider, { providerId: couponId }: PromotionKey): List {
  return async (cursor) => provider.listPromoCodes?.({ cursor, limit: PAGE, couponId }, {});
}
