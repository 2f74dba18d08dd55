import type { Promotion } from '../../domain/promotion/promotion.ts';
import { type Gateway, isStale } from '../../gateway/core/gateway.ts';

/**
 * How long the answer to a request may be cached: until the first object in it expires. All code that obtains objects
 * for an answer reports them here: the loaders, the lists, and the look-up of a code. http/plugins/use-http-cache.ts
 * turns the result into HTTP headers.
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
   * How long the answer may be cached, in milliseconds. Null: it must not be stored. Undefined: nothing was reported,
   * as for an operation that reads only the schema.
   */
  get maxAgeMs(): number | null | undefined {
    return this.#isForbidden ? null : this.#left;
  }
}
