import type { Call, NewPromoCode, Page, ProviderPromoCode, WriteCall } from '../../domain/provider/provider.ts';
import type { ProviderClient } from '../client/client.ts';
import { toUnixSeconds, whenSet } from '../client/wire-values.ts';
import { pageOf, pageQuery, type StripeRequests } from './stripe-requests.ts';
import { couponOf, EXPAND, toPromoCode } from './wire.ts';

/** Most calls that look for the codes of one text. Each shows a hundred. */
const MAX_PAGES = 10;
/** Most codes of one text that are switched off and still shown. */
const MAX_INACTIVE = 10;
const LIMIT = 100;

/** Finds promotion codes by their text. Several customers may have a code of their own with the same text. */
export class StripeCodeSearch {
  readonly #client: ProviderClient;
  readonly #requests: StripeRequests;

  constructor(client: ProviderClient, requests: StripeRequests) {
    this.#client = client;
    this.#requests = requests;
  }

  /**
   * All active codes with a text in any letter case, then the newest that are not. Reads at most {@link MAX_PAGES} pages.
   */
  async byText(code: string, call: Call): Promise<ProviderPromoCode[]> {
    const timedCall = this.#client.withDeadline(call);
    const newest = await this.#page('findPromoCodes', { code }, timedCall);
    const found = new Map(newest.items.map((promoCode) => [promoCode.providerId, promoCode]));
    // The newest hundred may be over while older ones are active.
    const active = newest.next === null ? [] : await this.#allActive(code, timedCall);
    for (const promoCode of active) found.set(promoCode.providerId, promoCode);
    // Without terms: nobody can use a code whose coupon was deleted.
    const whole = [...found.values()].filter(({ discount }) => discount !== undefined);
    const { on = [], off = [] } = Object.groupBy(whole, ({ active: isOn }) => (isOn ? 'on' : 'off'));
    return [...on, ...off.slice(0, MAX_INACTIVE)];
  }

  async #allActive(code: string, call: Call): Promise<ProviderPromoCode[]> {
    const found: ProviderPromoCode[] = [];
    let cursor: string | undefined;
    for (let pages = 1; pages < MAX_PAGES; pages += 1) {
      const page = await this.#page('findPromoCodes', { code, active: true, cursor }, call);
      found.push(...page.items);
      if (page.next === null) break;
      cursor = page.next;
    }
    return found;
  }

  /**
   * The code that a write created: the one whose metadata names the write. UNDECIDABLE: the write may have created one that has no
   * mark, because anybody can edit metadata in the dashboard, or one that the gateway cannot express.
   */
  async madeBy(promoCode: NewPromoCode, call: WriteCall): Promise<ProviderPromoCode | 'UNDECIDABLE' | null> {
    const timedCall = this.#client.withDeadline(call);
    const filter = { code: promoCode.code, coupon: couponOf(promoCode) };
    let isUndecidable = false;
    let cursor: string | undefined;
    do {
      const page = await this.#page('findMadePromoCode', { ...filter, cursor }, timedCall);
      const made = page.items.find(({ intentId }) => intentId === call.intentId);
      if (made) return made;
      isUndecidable ||= page.unreadable !== 0 || page.items.some((item) => canBeMadeBy(item, promoCode));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    return isUndecidable ? 'UNDECIDABLE' : null;
  }

  #page(
    operation: string,
    { cursor, ...filter }: { code: string; coupon?: string; active?: true; cursor?: string },
    call: Call,
  ): Promise<Page<ProviderPromoCode>> {
    const query = { ...filter, ...pageQuery({ cursor, limit: LIMIT }), ...EXPAND.promoCodes };
    const request = { operation, path: ['promotion_codes'], read: pageOf(toPromoCode) };
    return this.#client.send(this.#requests.get(request, query), call);
  }
}

/** Whether a creation may have made a code that has no mark. */
function canBeMadeBy(item: ProviderPromoCode, { customerId, maxRedemptions, expiresAt }: NewPromoCode): boolean {
  const isExpected = (shown: unknown, sent: unknown) => sent === undefined || shown === undefined || shown === sent;
  return (
    item.intentId === null &&
    (item.customerId ?? undefined) === customerId &&
    isExpected(item.maxRedemptions, maxRedemptions) &&
    isExpected(whenSet(item.expiresAt, toUnixSeconds), whenSet(expiresAt, toUnixSeconds))
  );
}
