import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * How urgent a call to a provider is, the most urgent first. WRITE: a mutation, and what recovery finishes of one. QUOTE:
 * a read to judge a use that is not made. READ: any other read. BACKGROUND: synchronisation and the like.
 */
export const URGENCIES = ['WRITE', 'QUOTE', 'READ', 'BACKGROUND'] as const;
export type Urgency = (typeof URGENCIES)[number];

/** The caller that a call to a provider is made for, and its urgency. */
export interface CallOrigin {
  caller: string;
  /**
   * Callers that take turns as one, before they take turns among themselves: a caller with many tokens must not get
   * many turns. Absent: the caller stands for itself.
   */
  group?: string;
  urgency: Urgency;
}

/** The origin of calls that neither a request nor a job began, such as those for an event of a subscription. */
const NO_REQUEST: CallOrigin = { caller: 'gateway', urgency: 'READ' };

/** The origins of one piece of work. There are several where callers share it, and more may join while it runs. */
export class CallOrigins {
  readonly #all: CallOrigin[] = [];
  readonly #listeners = new Set<(origin: CallOrigin) => void>();

  constructor(origins: readonly CallOrigin[]) {
    this.join(origins);
  }

  get all(): readonly CallOrigin[] {
    return this.#all;
  }

  /** Adds origins that are not among them yet. */
  join(origins: readonly CallOrigin[]): void {
    for (const origin of origins) {
      const isKnown = this.#all.some(({ caller, urgency }) => caller === origin.caller && urgency === origin.urgency);
      if (isKnown) continue;
      this.#all.push(origin);
      for (const listener of this.#listeners) listener(origin);
    }
  }

  /**
   * Calls `listener` for each origin that joins from now on.
   * @returns a function that stops that
   */
  onJoin(listener: (origin: CallOrigin) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

const current = new AsyncLocalStorage<CallOrigins>();
const outsideRequests = new CallOrigins([NO_REQUEST]);

/** The origins of the calls that are made from here. */
export function currentOrigins(): CallOrigins {
  return current.getStore() ?? outsideRequests;
}

/** Runs `work`; all calls to providers that it makes have these origins. */
export function runFor<Result>(origins: CallOrigins, work: () => Result): Result {
  return current.run(origins, work);
}

/** Runs `work` for the same callers with another urgency. */
export function withUrgency<Result>(urgency: Urgency, work: () => Result): Result {
  const origins = currentOrigins().all.map((origin) => ({ ...origin, urgency }));
  return current.run(new CallOrigins(origins), work);
}
