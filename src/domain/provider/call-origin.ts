import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * How urgent a call to a provider is, most urgent first. WRITE: a mutation, or its recovery. QUOTE: a read for a quote.
 * READ: any other read. BACKGROUND: a background job, such as synchronisation.
 */
export const URGENCIES = ['WRITE', 'QUOTE', 'READ', 'BACKGROUND'] as const;
export type Urgency = (typeof URGENCIES)[number];

/** The API caller on whose behalf the gateway calls a provider, and the urgency of that call. */
export interface CallOrigin {
  caller: string;
  /**
   * Groups take turns first, then the callers of a group. A customer with many tokens therefore gets no more turns than
   * others. Absent: the caller is a group of its own.
   */
  group?: string;
  urgency: Urgency;
}

/** The origin of calls outside requests and jobs, such as the calls for an event of a GraphQL subscription. */
const NO_REQUEST: CallOrigin = { caller: 'gateway', urgency: 'READ' };

/** The origins of one piece of work. Several callers can share the work, and more can join while it runs. */
export class CallOrigins {
  readonly #all: CallOrigin[] = [];
  readonly #listeners = new Set<(origin: CallOrigin) => void>();

  constructor(origins: readonly CallOrigin[]) {
    this.join(origins);
  }

  get all(): readonly CallOrigin[] {
    return this.#all;
  }

  /** Adds origins, without duplicates. */
  join(origins: readonly CallOrigin[]): void {
    for (const origin of origins) {
      const isKnown = this.#all.some(({ caller, urgency }) => caller === origin.caller && urgency === origin.urgency);
      if (isKnown) continue;
      this.#all.push(origin);
      for (const listener of this.#listeners) listener(origin);
    }
  }

  /**
   * Calls `listener` for each origin that joins later.
   * @returns a function that removes the listener
   */
  onJoin(listener: (origin: CallOrigin) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

const current = new AsyncLocalStorage<CallOrigins>();
const outsideRequests = new CallOrigins([NO_REQUEST]);

/** The origins of the current asynchronous context. */
export function currentOrigins(): CallOrigins {
  return current.getStore() ?? outsideRequests;
}

/** Runs `work`. All its calls to providers have these origins. */
export function runFor<Result>(origins: CallOrigins, work: () => Result): Result {
  return current.run(origins, work);
}

/** Runs `work` for the current callers with another urgency. */
export function withUrgency<Result>(urgency: Urgency, work: () => Result): Result {
  const origins = currentOrigins().all.map((origin) => ({ ...origin, urgency }));
  return current.run(new CallOrigins(origins), work);
}
