import type { ReceivedCall } from './call.ts';
import type { Fault, WaitingFault } from './fault.ts';

/** A promo code at a simulated provider. */
export interface ProviderCode {
  id: string;
  /** As the provider stores it. */
  code: string;
  /** How many uses the provider has counted. */
  redeemed: number;
}

/** A simulated billing provider that listens on loopback. */
export interface Simulator {
  /** The base URL for the adapter. */
  readonly url: string;
  /** The API key that it accepts. */
  readonly apiKey: string;
  /** The newest calls to the provider's API, oldest first, including refused calls and calls that a fault struck. */
  readonly calls: readonly ReceivedCall[];
  /** Adds a fault. The next matching calls fail in this way, before or after the real work. */
  fail(fault: Fault): void;
  /** Removes the remaining faults, and closes the connections of silent calls. */
  heal(): void;
  /**
   * Simulates uses of a code or coupon at the provider itself, such as in Stripe Checkout or on Duro's pages. They raise its
   * counter. No provider offers this by API.
   * @throws if the provider has no such id, or would refuse that many uses
   */
  redeem(id: string, uses?: number): void;
  /** How many uses the provider has counted. */
  redeemed(id: string): number;
  /** All promo codes in any state, in no particular order. */
  promoCodes(): ProviderCode[];
  /** The text of all promo codes in any state, as the provider stores them. */
  codes(): string[];
  /** The faults that have not struck yet, oldest first, and how many calls each of them still strikes. */
  faults(): WaitingFault[];
  /** Absent: it sends no webhooks. */
  readonly webhooks?: SimulatedWebhooks;
  /** Closes all connections and the state file. The file contains everything that was answered. */
  close(): Promise<void>;
}

/** The webhooks that a simulated provider sends. */
export interface SimulatedWebhooks {
  /** Signs the deliveries. */
  readonly secret: string;
  /** Delivers all later events to this address. */
  deliverTo(url: string): void;
}

/** Options of every simulator. */
export interface SimulatorOptions {
  /** 0 or absent: any free port. */
  port?: number;
  /** The SQLite file for state that survives a restart. Absent: memory only. Different providers may share a file. */
  stateFile?: string;
  /** The time in milliseconds since 1970. Absent: the system clock. */
  clock?: () => number;
  /** The API key to accept instead of the default one. */
  apiKey?: string;
  /** How many calls it keeps for {@link Simulator.calls}. Absent: all. */
  keptCalls?: number | undefined;
}
