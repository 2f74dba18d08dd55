import type { ReceivedCall } from './call.ts';
import type { Fault } from './fault.ts';

/** A simulated billing provider, listening on loopback. */
export interface Simulator {
  /** What an adapter takes as its base URL. */
  readonly url: string;
  /** The key it accepts. */
  readonly apiKey: string;
  /** Every call to the provider's API, oldest first, refused and struck ones included. */
  readonly calls: readonly ReceivedCall[];
  /** The next calls that match are answered by the fault instead of, or after, the real handling. */
  fail(fault: Fault): void;
  /** Removes faults that have not struck, and ends the connections that a fault keeps silent. */
  heal(): void;
  /**
   * Somebody uses a code or coupon at the provider itself (Stripe Checkout, Duro's page), so that its counter rises. No
   * provider's API offers this.
   * @throws when the provider knows no such id or would not let it be used that often
   */
  redeem(id: string, uses?: number): void;
  /** How often the provider has counted a code or coupon. */
  redeemed(id: string): number;
  /** The text of every promo code it has, whatever its state, as it keeps it. */
  codes(): string[];
  /** Ends every connection. What was answered is in the state file. */
  close(): Promise<void>;
}

/** What every simulator takes. */
export interface SimulatorOptions {
  /** 0 or absent: any free port. */
  port?: number;
  /** The SQLite file that outlives a restart; absent: memory only. Simulators of different providers may share one. */
  stateFile?: string;
  /** Milliseconds since 1970. Absent: the real time. */
  clock?: () => number;
  /** The key to accept instead of the usual one. */
  apiKey?: string;
}
