import { siteOf } from '../../access/networks.ts';
import { type Refusal, refusal } from '../../promo/answers.ts';
import type { Attempts } from '../../store/attempts.ts';
import { type Subject, WindowLimits } from './window-limits.ts';

/** How many uses may be set aside, and for how long. */
export interface HoldRules {
  /** Open holds of one customer of a caller. */
  perCustomer: number;
  /** Holds made from one address within a window. */
  perAddress: number;
  windowSeconds: number;
  /** The longest hold of a caller that is not a server, in seconds. */
  customerSeconds: number;
}

/** In seconds: what the store takes for a hold at all. */
const LONGEST_HOLD = 7 * 24 * 60 * 60;

type HoldKind = 'hold-address' | 'hold-site';

/** A /48 network has a limit of its own: so many times that of an address. */
const ADDRESSES_PER_SITE = 5;

/** Limits what holds may keep from others. Open holds are counted by the ledger, holds of an address here. */
export class HoldLimits {
  readonly #rules: HoldRules;
  readonly #made: WindowLimits<HoldKind>;

  constructor(attempts: Attempts, rules: HoldRules) {
    const { perAddress, windowSeconds } = rules;
    const limits = { 'hold-address': perAddress, 'hold-site': perAddress * ADDRESSES_PER_SITE };
    this.#rules = rules;
    this.#made = new WindowLimits(attempts, limits, windowSeconds);
  }

  /** The longest hold that a caller may make, in seconds. */
  longest({ isServer }: { isServer: boolean }): number {
    return isServer ? LONGEST_HOLD : Math.min(LONGEST_HOLD, this.#rules.customerSeconds);
  }

  /**
   * How many open holds the customer may have; undefined: any number. The guests of a server are many customers; those of
   * any other caller are one.
   */
  mostOpen({ isServer }: { isServer: boolean }, customerId: string | null): number | undefined {
    return customerId === null && isServer ? undefined : this.#rules.perCustomer;
  }

  /** Makes a hold unless too many were made from its address; null: it counts for none. */
  async fromAddress<Answer>(
    address: string | null,
    make: () => Promise<Answer>,
    isMade: (answer: Answer) => boolean,
  ): Promise<Answer | Refusal> {
    if (address === null) return make();
    const attempt = await this.#made.attempt(subjectsOf(address), async () => {
      const result = await make();
      return { result, counts: isMade(result) };
    });
    if ('result' in attempt) return attempt.result;
    return refusal('TOO_MANY_HOLDS', { retryAfterSeconds: attempt.waitSeconds });
  }
}

function subjectsOf(address: string): Subject<HoldKind>[] {
  const site = siteOf(address);
  return [
    { kind: 'hold-address', key: address },
    ...(site === null ? [] : [{ kind: 'hold-site' as const, key: site }]),
  ];
}
