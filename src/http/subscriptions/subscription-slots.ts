import { GraphQLError } from 'graphql';
import { Quota } from '../admission/quota.ts';

/** The maximum number of open subscriptions, in all and of each caller. */
export interface SlotLimits {
  total: number;
  perCaller: number;
}

/** The memory that a subscription may keep, on average over all slots. */
const BYTES_PER_SLOT = 32 * 1024;

const RETRY_AFTER_SECONDS = '10';

/** Limits the number of open subscriptions and the memory that they keep. */
export class SubscriptionSlots {
  readonly #slots: Quota;
  readonly #bytes: Quota;
  readonly #perCaller: number;

  constructor({ total, perCaller }: SlotLimits) {
    this.#slots = new Quota({ total, perOwner: perCaller });
    this.#bytes = new Quota({ total: total * BYTES_PER_SLOT, perOwner: perCaller * BYTES_PER_SLOT });
    this.#perCaller = perCaller;
  }

  /** The number of open subscriptions. */
  get taken(): number {
    return this.#slots.taken;
  }

  /**
   * Takes a slot for a caller, and the memory that the subscription keeps.
   * @param bytes the memory of its operation and variables
   * @returns a function that releases both; calling it again has no effect
   * @throws {GraphQLError} TOO_MANY_SUBSCRIPTIONS, answered with 429
   */
  take(caller: string, bytes: number): () => void {
    if (!this.#slots.take(caller, 1)) {
      const ofCaller = this.#slots.takenBy(caller);
      if (ofCaller >= this.#perCaller) throw tooMany(`This caller has ${ofCaller} subscriptions`);
      throw tooMany('The gateway has no room for another subscription');
    }
    if (!this.#bytes.take(caller, bytes)) {
      this.#slots.release(caller, 1);
      throw tooMany('The operations and variables of subscriptions take too much memory, of this caller or in all');
    }
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      this.#slots.release(caller, 1);
      this.#bytes.release(caller, bytes);
    };
  }
}

function tooMany(what: string): GraphQLError {
  const http = { status: 429, headers: { 'retry-after': RETRY_AFTER_SECONDS } };
  return new GraphQLError(`${what}: end one, or try again later`, {
    extensions: { code: 'TOO_MANY_SUBSCRIPTIONS', retryable: true, http },
  });
}
