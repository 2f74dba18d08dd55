import { type Refusal, refusal } from '../../domain/redemption/outcomes.ts';
import { LONGEST_HOLD_SECONDS } from '../../domain/redemption/redemption.ts';
import type { Attempts } from '../../store/attempts.ts';
import { addressSubjects, siteLimit } from './address-subjects.ts';
import { WindowLimits } from './window-limits.ts';

/** How many uses may be held, and for how long. */
export interface HoldRules {
  /** The most open holds of one customer of a caller. */
  perCustomer: number;
  /** The most holds made from one address in a window. */
  perAddress: number;
  windowSeconds: number;
  /** The longest hold of a caller that is not a server, in seconds. */
  customerSeconds: number;
}

type HoldKind = 'hold-address' | 'hold-site';

const KINDS = { address: 'hold-address', site: 'hold-site' } as const;

/** A hold that is being made. It counts against the limit of its address until it is disposed of. */
export interface HoldAttempt extends Disposable {
  kind: 'BEGUN';
  /** Counts it as made, for the rest of the window. */
  count(): Promise<void>;
}

const UNCOUNTED: HoldAttempt = { kind: 'BEGUN', count: async () => {}, [Symbol.dispose]: () => {} };

/**
 * Limits holds, because each keeps a use from others. The ledger counts open holds; this class counts holds by address.
 */
export class HoldLimits {
  readonly #rules: HoldRules;
  readonly #made: WindowLimits<HoldKind>;

  constructor(attempts: Attempts, rules: HoldRules) {
    const { perAddress, windowSeconds } = rules;
    const limits = { 'hold-address': perAddress, 'hold-site': siteLimit(perAddress) };
    this.#rules = rules;
    this.#made = new WindowLimits(attempts, limits, windowSeconds);
  }

  /** The longest hold that a caller may make, in seconds. */
  longest({ isServer }: { isServer: boolean }): number {
    return isServer ? LONGEST_HOLD_SECONDS : Math.min(LONGEST_HOLD_SECONDS, this.#rules.customerSeconds);
  }

  /**
   * How many open holds the customer may have; undefined: any number. Guests of a server are many customers; guests of
   * any other caller count as one.
   */
  mostOpen({ isServer }: { isServer: boolean }, customerId: string | null): number | undefined {
    return customerId === null && isServer ? undefined : this.#rules.perCustomer;
  }

  /**
   * Begins a hold unless too many were made from its address.
   * @param address null: the hold counts against no address
   */
  async begin(address: string | null): Promise<HoldAttempt | Refusal> {
    if (address === null) return UNCOUNTED;
    const attempt = await this.#made.begin(addressSubjects<HoldKind>(address, KINDS));
    if (!('waitSeconds' in attempt)) return { ...attempt, kind: 'BEGUN' };
    return refusal('TOO_MANY_HOLDS', { retryAfterSeconds: attempt.waitSeconds });
  }
}
