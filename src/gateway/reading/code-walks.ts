import { LRUCache } from 'lru-cache';
import type { PromotionKey } from '../../domain/promotion/identity.ts';
import { promotionId } from '../../domain/promotion/identity.ts';
import type { Call, Page, Provider, ProviderPromoCode } from '../../domain/provider/provider.ts';
import { ProviderError } from '../../domain/provider/provider-error.ts';
import type { AnswerMoment } from '../../store/promotions/answer-moment.ts';
import type { CallTiming } from './call-timing.ts';
import { PAGE_SIZE } from './pages.ts';
import { type Facts, factsOf, type Walked } from './reading.ts';

/** The number of promo codes whose page is remembered. */
const CAPACITY = 100_000;

type List = (cursor: string | undefined, call: Call) => Promise<Page<ProviderPromoCode> | undefined>;

/**
 * Finds promo codes in the list of their coupon, for providers that have no other way to read a code. A walk reads page
 * after page, and ends when every wanted code was found. Reads that start during a walk share it. The page of each code
 * is remembered, so the next read of the code costs one call. In memory, bounded.
 */
export class CodeWalks {
  /** By coupon: the ids that the running walk, or the next one, has to find. */
  readonly #wanted = new Map<string, Set<string>>();
  /** By promo code: the cursor of its page. No entry for codes on the first page, where a walk begins anyway. */
  readonly #cursors = new LRUCache<string, string>({ max: CAPACITY });

  /** Makes the walk through a coupon's codes continue until it has found this promotion. */
  want(couponId: string, id: string): void {
    const wanted = this.#wanted.get(couponId) ?? new Set();
    this.#wanted.set(couponId, wanted.add(id));
  }

  /** The cursor of the page on which a promo code was last seen; undefined: unknown, or the first page. */
  cursorOf(id: string): string | undefined {
    return this.#cursors.peek(id);
  }

  /** Reads the page on which a code was last seen. Finds nothing if the provider refuses the cursor. */
  async page(provider: Provider, coupon: PromotionKey, cursor: string, timing: CallTiming): Promise<Walked> {
    const walked: Walked = { pages: [], isComplete: false, isCutShort: false };
    try {
      const { call, answered } = timing.start();
      const page = await listOf(provider, coupon)(cursor, call);
      if (page) this.#addPage(walked, coupon, { page, cursor, moment: await answered() });
    } catch (error) {
      // A cursor is the id of a code: it is refused once that code is gone.
      if (!(error instanceof ProviderError) || error.kind !== 'REJECTED') throw error;
    }
    return walked;
  }

  /** Reads from the first page to the one that completes what is wanted, or to the end. */
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
        // The coupon does not exist any more, or the code that the cursor names does not.
        walked.isComplete &&= cursor === undefined;
        return undefined;
      });
      if (!page) return walked;
      this.#addPage(walked, coupon, { page, cursor, moment: await answered() });
      if (page.next === null) return walked;
      if (this.#hasAll(coupon, walked)) return { ...walked, isComplete: false, isCutShort: true };
      cursor = page.next;
    }
  }

  /** True if the walk has found all that is wanted. It then ends, so later wishes are for the next walk. */
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

  #addPage(
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
