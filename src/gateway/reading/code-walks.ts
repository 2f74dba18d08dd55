import { LRUCache } from 'lru-cache';
import type { PromotionKey } from '../../domain/promotion/identity.ts';
import { promotionId } from '../../domain/promotion/identity.ts';
import type { Call, Page, Provider, ProviderPromoCode } from '../../domain/provider/provider.ts';
import { ProviderError } from '../../domain/provider/provider-error.ts';
import type { AnswerMoment } from '../../store/promotions/answer-moment.ts';
import type { CallTiming } from './call-timing.ts';
import { PAGE_SIZE } from './pages.ts';
import { type Facts, factsOf, type Walked } from './reading.ts';

/** How many promo codes are remembered with their page. */
const CAPACITY = 100_000;

type List = (cursor: string | undefined, call: Call) => Promise<Page<ProviderPromoCode> | undefined>;

/**
 * Walks through the promo codes of coupons, where a provider tells of a code in the list of its coupon alone. A walk ends
 * at the page that has what is wanted; those who want something while it is under way share it. The page on which a code
 * was last seen is remembered, so that the next read of the code costs one call. In memory, bounded.
 */
export class CodeWalks {
  /** By coupon: what the walk that is under way, or the next one, has to find. */
  readonly #wanted = new Map<string, Set<string>>();
  /** By promo code: the cursor of its page. None for the first page, where a walk begins anyway. */
  readonly #cursors = new LRUCache<string, string>({ max: CAPACITY });

  /** The walk through this coupon's codes is to go on until it has found this promotion. */
  want(couponId: string, id: string): void {
    const wanted = this.#wanted.get(couponId) ?? new Set();
    this.#wanted.set(couponId, wanted.add(id));
  }

  /** Where the page begins on which a promo code was last seen; undefined: not known. */
  cursorOf(id: string): string | undefined {
    return this.#cursors.peek(id);
  }

  /** The one page on which a code was last seen; nothing where the provider does not know the place any more. */
  async page(provider: Provider, coupon: PromotionKey, cursor: string, timing: CallTiming): Promise<Walked> {
    const walked: Walked = { pages: [], isComplete: false, isCutShort: false };
    try {
      const { call, answered } = timing.start();
      const page = await listOf(provider, coupon)(cursor, call);
      if (page) this.#takeUp(walked, coupon, { page, cursor, moment: answered() });
    } catch (error) {
      // A cursor is the id of a code: it is refused once that code is gone.
      if (!(error instanceof ProviderError) || error.kind !== 'REJECTED') throw error;
    }
    return walked;
  }

  /** From the first page to the one with the last of what is wanted, or to the end. */
  async walk(provider: Provider, coupon: PromotionKey, timing: CallTiming): Promise<Walked> {
    const couponId = promotionId(coupon);
    try {
      return await this.#walk(provider, coupon, timing);
    } finally {
      this.#wanted.delete(couponId);
    }
  }

  async #walk(provider: Provider, coupon: PromotionKey, timing: CallTiming): Promise<Walked> {
    const list = listOf(provider, coupon);
    const walked: Walked = { pages: [], isComplete: true, isCutShort: false };
    let cursor: string | undefined;
    for (;;) {
      const { call, answered } = timing.start();
      const page = await list(cursor, call).catch((error: unknown) => {
        if (!(error instanceof ProviderError) || error.reason !== 'NOT_FOUND') throw error;
        // The coupon is gone, or the code that a later page was to follow.
        walked.isComplete &&= cursor === undefined;
        return undefined;
      });
      if (!page) return walked;
      this.#takeUp(walked, coupon, { page, cursor, moment: answered() });
      if (page.next === null) return walked;
      if (this.#hasAll(coupon, walked)) return { ...walked, isComplete: false, isCutShort: true };
      cursor = page.next;
    }
  }

  /** True where nothing that is wanted is missing. What is wanted from then on is for the next walk. */
  #hasAll(coupon: PromotionKey, walked: Walked): boolean {
    const couponId = promotionId(coupon);
    const wanted = this.#wanted.get(couponId);
    if (!wanted) return false;
    const idOf = ({ kind, providerId }: Facts) => promotionId({ ...coupon, kind, providerId });
    const found = new Set(factsOf(walked).map(idOf));
    if (![...wanted].every((id) => found.has(id))) return false;
    this.#wanted.delete(couponId);
    return true;
  }

  #takeUp(
    walked: Walked,
    coupon: PromotionKey,
    { page, cursor, moment }: { page: Page<ProviderPromoCode>; cursor: string | undefined; moment: AnswerMoment },
  ): void {
    const { items, unreadable } = page;
    const coupons = new Map(
      items.flatMap(({ coupon }) => (coupon?.kind === 'Coupon' ? [[coupon.providerId, coupon]] : [])),
    );
    walked.pages.push({ facts: [...coupons.values(), ...items], moment });
    for (const code of items) {
      this.#remember(promotionId({ ...coupon, kind: 'PromoCode', providerId: code.providerId }), cursor);
    }
    walked.isComplete &&= !unreadable;
  }

  #remember(id: string, cursor: string | undefined): void {
    if (cursor === undefined) this.#cursors.delete(id);
    else this.#cursors.set(id, cursor);
  }
}

function listOf(provider: Provider, { providerId: couponId }: PromotionKey): List {
  return async (cursor, call) => provider.listPromoCodes?.({ cursor, limit: PAGE_SIZE, couponId }, call);
}
