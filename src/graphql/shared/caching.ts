import type { Promotion } from '../../domain/promotion/promotion.ts';
import { type Gateway, isStale } from '../../gateway/core/gateway.ts';

/** How long an answer about the schema alone may be cached, in seconds. */
const SCHEMA_MAX_AGE_SECONDS = 300;

/**
 * For how long the answer to a request may be cached: as long as the object in it that expires first. Whatever obtains
 * an object for an answer reports it here: the loaders, the lists, and the look-up of a code.
 */
export class Caching {
  readonly #gateway: Gateway;
  #isForbidden = false;
  /** In milliseconds; undefined: nothing has been reported. */
  #left: number | undefined;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  /** The answer shows a promotion: it may be cached while the promotion is fresh. */
  shows(promotion: Promotion): void {
    const { clock, ages } = this.#gateway;
    const isOver = promotion.isDue || isStale(this.#gateway, promotion);
    const left = isOver ? 0 : ages[promotion.provider].maxAgeMs - (clock() - promotion.asOf);
    this.#left = Math.max(0, Math.min(left, this.#left ?? left));
  }

  /** The answer shows something that may change at any moment: a list, a count, the state of a provider. */
  changesAnyTime(): void {
    this.#left = 0;
  }

  /** The answer is about a customer, or must not be cached for another reason. */
  forbid(): void {
    this.#isForbidden = true;
  }

  /**
   * The Cache-Control of the answer. Always private, because another caller may see less.
   * @param isSchemaOnly whether the operation reads nothing but the schema
   */
  header(isSchemaOnly: boolean): string {
    if (this.#isForbidden) return 'no-store';
    const seconds = Math.floor((this.#left ?? 0) / 1000);
    if (this.#left === undefined && isSchemaOnly) return `private, max-age=${SCHEMA_MAX_AGE_SECONDS}`;
    return seconds > 0 ? `private, max-age=${seconds}` : 'private, no-cache';
  }
}
