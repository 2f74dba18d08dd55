import type { Instant, Promotion, ProviderName } from '../../domain/promotion/promotion.ts';
import { type Gateway, isFresh, isStale } from '../../gateway/core/gateway.ts';
import type { ReadPolicy } from '../../gateway/reading/read-promotion.ts';

/** What an answer depends on. While nothing of it changes, the same operation gets the same answer until `until`. */
export interface AnswerBasis {
  /** The ids of promotions, also of such that do not exist. */
  promotions: ReadonlySet<string>;
  /** The texts of looked-up codes, normalized, and their skeletons: a new code with such a text counts as well. */
  texts: ReadonlySet<string>;
  /** The providers whose promotions are listed. */
  lists: ReadonlySet<ProviderName>;
  until: Instant;
}

/**
 * How long the answer to a request may be cached by clients: until the first object in it expires. And what it depends
 * on, so that the gateway can give it again. All code that obtains objects for an answer reports them here: the loaders,
 * the lists, and the look-up of a code. http/responses/cache-headers.ts turns the age into HTTP headers.
 */
export class Caching {
  readonly #gateway: Gateway;
  #isForbidden = false;
  /** In milliseconds; undefined: nothing has been reported. */
  #left: number | undefined;
  readonly #promotions = new Set<string>();
  readonly #texts = new Set<string>();
  readonly #lists = new Set<ProviderName>();
  #until: Instant = Number.POSITIVE_INFINITY;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  /** The answer shows a promotion. @param policy of the read; STORED: as the store has it, whatever its age */
  shows(promotion: Promotion, policy: ReadPolicy | 'STORED'): void {
    const { clock, ages } = this.#gateway;
    // FRESH promises to ask the provider: a cache in front must not answer the next such query.
    const isOver = policy === 'FRESH' || promotion.isDue || isStale(this.#gateway, promotion);
    const left = isOver ? 0 : ages[promotion.provider].maxAgeMs - (clock() - promotion.asOf);
    this.#left = Math.max(0, Math.min(left, this.#left ?? left));
    this.dependsOn(promotion);
    if (policy === 'FRESH') this.#neverAgain();
    if (policy === 'CACHED') this.#whileFresh(promotion);
  }

  /** The answer shows that there is no promotion with an id. @param until when a read calls its provider again */
  isMissing(id: string, until: Instant): void {
    this.#promotions.add(id);
    this.#validUntil(until);
  }

  /** The answer shows or considers the stored state of a promotion. */
  dependsOn(promotion: Promotion): void {
    this.#promotions.add(promotion.id);
    if (promotion.kind === 'PromoCode' && promotion.couponId !== null) this.#promotions.add(promotion.couponId);
    if (promotion.stateUntil !== null) this.#validUntil(promotion.stateUntil);
  }

  /**
   * The answer shows which promo code a text stands for.
   * @param texts the normalized code and the skeleton
   * @param until when the next look-up calls a provider
   */
  looksUp(texts: readonly string[], until: Instant): void {
    for (const text of texts) this.#texts.add(text);
    this.#validUntil(until);
  }

  /** The answer shows a list of the promotions of some providers. @param until when the clock may change the list */
  lists(providers: readonly ProviderName[], until: Instant): void {
    this.#left = 0;
    for (const provider of providers) this.#lists.add(provider);
    this.#validUntil(until);
  }

  /** The answer shows when a provider last confirmed something, which every read of the provider changes. */
  showsReadTime(): void {
    this.#neverAgain();
  }

  /** The answer shows whether a promotion is stale, which also depends on its provider once it is not fresh. */
  showsStaleness(promotion: Promotion): void {
    this.#whileFresh(promotion);
  }

  /** The answer shows something that may change at any moment: the state of a provider. */
  changesAnyTime(): void {
    this.#left = 0;
    this.#neverAgain();
  }

  /** The answer is about a customer, or must not be cached for another reason. */
  forbid(): void {
    this.#isForbidden = true;
  }

  /**
   * How long clients may cache the answer, in milliseconds. Null: it must not be stored. Undefined: nothing was
   * reported, as for an operation that reads only the schema.
   */
  get maxAgeMs(): number | null | undefined {
    return this.#isForbidden ? null : this.#left;
  }

  /** The ids of the promotions that the answer shows, or that what it shows depends on. */
  get promotions(): ReadonlySet<string> {
    return this.#promotions;
  }

  /** What the answer depends on; null: the same operation may get another answer at any moment. */
  get basis(): AnswerBasis | null {
    if (this.#isForbidden || this.#until <= this.#gateway.clock()) return null;
    return { promotions: this.#promotions, texts: this.#texts, lists: this.#lists, until: this.#until };
  }

  #whileFresh(promotion: Promotion): void {
    const { maxAgeMs } = this.#gateway.ages[promotion.provider];
    if (isFresh(this.#gateway, promotion) && !promotion.isUnconfirmed) this.#validUntil(promotion.asOf + maxAgeMs);
    else this.#neverAgain();
  }

  #validUntil(instant: Instant): void {
    this.#until = Math.min(this.#until, instant);
  }

  #neverAgain(): void {
    this.#until = Number.NEGATIVE_INFINITY;
  }
}
