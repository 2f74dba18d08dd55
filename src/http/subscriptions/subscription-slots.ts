import { GraphQLError } from 'graphql';
import { Quota } from '../admission/quota.ts';

/** How many subscriptions there may be, in all and of each caller. */
export interface SlotLimits {
  total: number;
  perCaller: number;
}

/** What a subscription may keep in memory, on average of all that there may be. */
const BYTES_PER_SLOT = 32 * 1024;

/** In seconds. */
const RETRY_AFTER = '10';

/** Counts the subscriptions that are open, and the bytes that they keep. */
export class SubscriptionSlots {
  readonly #slots: Quota;
  readonly #bytes: Quota;
  readonly #perCaller: number;

  constructor({ total, perCaller }: SlotLimits) {
    this.#slots = new Quota({ total, each: perCaller });
    this.#bytes = new Quota({ total: total * BYTES_PER_SLOT, each: perCaller * BYTES_PER_SLOT });
    this.#perCaller = perCaller;
  }

  /** How many are taken. */
  get taken(): number {
    return this.#slots.taken;
  }

  /**
   * Takes a slot for a caller, and the bytes that the subscription keeps.
   * @returns a function that releases both; further calls have no effect
   * @throws {GraphQLError} TOO_MANY_SUBSCRIPTIONS, answered with 429
   */
  take(caller: string, bytes: number): () => void {
    if (!this.#slots.take(caller, 1)) {
      const ofCaller = this.#slots.takenBy(caller);
      if (ofCaller >= this.#perCaller) throw tooMany(`This caller has ${ofCaller} subscriptions`);
      throw tooMany('The gateway has no room for another subscription');
    }
    if (!this.#bytes.take(caller, bytes)) {
      this.#slots.give(caller, 1);
      throw tooMany('The operations and variables of subscriptions take too much memory, of this caller or in all');
    }
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      this.#slots.give(caller, 1);
      this.#bytes.give(caller, bytes);
    };
  }
}

function tooMany(what: string): GraphQLError {
  const http = { status: 429, headers: { 'retry-after': RETRY_AFTER } };
  return new GraphQLError(`${what}: end one, or try again later`, {
    extensions: { code: 'TOO_MANY_SUBSCRIPTIONS', retryable: true, http },
  });
}
