import { GraphQLError } from 'graphql';
import { Shares } from '../intake/shares.ts';

/** How many subscriptions there may be, in all and of each caller. */
export interface SlotLimits {
  total: number;
  perCaller: number;
}

/** In seconds. */
const RETRY_AFTER = '10';

/** Counts the subscriptions that are open. */
export class SubscriptionSlots {
  readonly #slots: Shares;
  readonly #perCaller: number;

  constructor({ total, perCaller }: SlotLimits) {
    this.#slots = new Shares({ total, each: perCaller });
    this.#perCaller = perCaller;
  }

  /** How many are taken. */
  get taken(): number {
    return this.#slots.taken;
  }

  /**
   * Takes a slot for a caller.
   * @returns a function that releases it; further calls have no effect
   * @throws {GraphQLError} TOO_MANY_SUBSCRIPTIONS, answered with 429
   */
  take(caller: string): () => void {
    if (!this.#slots.take(caller, 1)) {
      const ofCaller = this.#slots.takenBy(caller);
      if (ofCaller >= this.#perCaller) throw tooMany(`This caller has ${ofCaller} subscriptions`);
      throw tooMany('The gateway has no room for another subscription');
    }
    let isReleased = false;
    return () => {
      if (!isReleased) this.#slots.give(caller, 1);
      isReleased = true;
    };
  }
}

function tooMany(what: string): GraphQLError {
  const http = { status: 429, headers: { 'retry-after': RETRY_AFTER } };
  return new GraphQLError(`${what}: end one, or try again later`, {
    extensions: { code: 'TOO_MANY_SUBSCRIPTIONS', retryable: true, http },
  });
}
