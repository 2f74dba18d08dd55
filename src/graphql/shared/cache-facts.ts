import type { Promotion } from '../../domain/promotion/promotion.ts';
import type { Redemption } from '../../domain/redemption/redemption.ts';
import { type Gateway, isStale } from '../../gateway/core/gateway.ts';

/** In seconds: for an answer that holds nothing of the store, such as the schema. */
const SCHEMA_AGE = 300;

/** Gathers, while a request is answered, for how long its answer may be kept: as long as the least of what it shows. */
export class Caching {
  readonly #gateway: Gateway;
  #isForbidden = false;
  /** In milliseconds; undefined: nothing has been shown yet. */
  #left: number | undefined;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  /** A promotion is shown: the answer holds as long as that is fresh. */
  shows(promotion: Promotion): void {
    const { clock, ages } = this.#gateway;
    const isOver = promotion.isDue || isStale(this.#gateway, promotion);
    const left = isOver ? 0 : ages[promotion.provider].maxAgeMs - (clock() - promotion.asOf);
    this.#left = Math.max(0, Math.min(left, this.#left ?? left));
  }

  /** What is shown may change at any moment: a list, a count, how a provider is doing. */
  changesAnyTime(): void {
    this.#left = 0;
  }

  /** The answer is about a customer, or must not be kept for another reason. */
  forbid(): void {
    this.#isForbidden = true;
  }

  /**
   * The Cache-Control of the answer. Always private: what one caller may see, another may not.
   * @param isSchemaOnly nothing but the schema was asked for
   */
  header(isSchemaOnly: boolean): string {
    if (this.#isForbidden) return 'no-store';
    const seconds = Math.floor((this.#left ?? 0) / 1000);
    if (this.#left === undefined && isSchemaOnly) return `private, max-age=${SCHEMA_AGE}`;
    return seconds > 0 ? `private, max-age=${seconds}` : 'private, no-cache';
  }
}

/**
 * Whether a value is of a type. It is asked of every object that an answer shows, so it is here that the answer learns
 * for how long it may be kept: no field can be added that forgets it.
 */
export function isShown(value: unknown, kind: Shown['kind'], { caching }: { caching: Caching }): boolean {
  if (!isPromotionOrRedemption(value) || value.kind !== kind) return false;
  if (value.kind === 'Redemption') caching.forbid();
  else caching.shows(value);
  return true;
}

type Shown = Promotion | Redemption;

function isPromotionOrRedemption(value: unknown): value is Shown {
  return typeof value === 'object' && value !== null && 'kind' in value;
}
