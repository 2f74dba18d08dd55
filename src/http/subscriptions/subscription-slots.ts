import { GraphQLError } from 'graphql';

/** How many subscriptions there may be, in all and of each caller. */
export interface SlotLimits {
  total: number;
  perCaller: number;
}

/** In seconds. */
const COME_BACK_AFTER = '10';

/** Counts the subscriptions that are open. */
export class SubscriptionSlots {
  readonly #limits: SlotLimits;
  readonly #perCaller = new Map<string, number>();
  #total = 0;

  constructor(limits: SlotLimits) {
    this.#limits = limits;
  }

  /** How many are taken. */
  get taken(): number {
    return this.#total;
  }

  /**
   * Takes a slot for a caller, and gives how to release it, which has an effect once.
   * @throws {GraphQLError} TOO_MANY_SUBSCRIPTIONS, answered with 429
   */
  take(caller: string): () => void {
    const ofCaller = this.#perCaller.get(caller) ?? 0;
    if (ofCaller >= this.#limits.perCaller) throw tooMany(`This caller has ${ofCaller} subscriptions`);
    if (this.#total >= this.#limits.total) throw tooMany('The gateway has no room for another subscription');
    this.#count(caller, 1);
    let isReleased = false;
    return () => {
      if (!isReleased) this.#count(caller, -1);
      isReleased = true;
    };
  }

  #count(caller: string, change: 1 | -1): void {
    this.#total += change;
    const ofCaller = (this.#perCaller.get(caller) ?? 0) + change;
    if (ofCaller > 0) this.#perCaller.set(caller, ofCaller);
    else this.#perCaller.delete(caller);
  }
}

function tooMany(what: string): GraphQLError {
  const http = { status: 429, headers: { 'retry-after': COME_BACK_AFTER } };
  return new GraphQLError(`${what}: end one, or come back later`, {
    extensions: { code: 'TOO_MANY_SUBSCRIPTIONS', retryable: true, http },
  });
}
