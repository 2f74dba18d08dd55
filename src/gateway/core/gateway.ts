import type { AccountScope } from '../../auth/account-scope.ts';
import type { Instant, Promotion, ProviderName } from '../../domain/promotion/promotion.ts';
import { type CacheAges, isWithin, type ReadResult } from '../../domain/provider/cache-ages.ts';
import type { Store } from '../../store/store.ts';
import type { AttemptLimiter } from '../attempts/attempt-limiter.ts';
import type { HoldLimits } from '../attempts/hold-limits.ts';
import type { CodeWalks } from '../reading/code-walks.ts';
import type { Period, Periods } from '../reading/periods.ts';
import type { Reading } from '../reading/reading.ts';
import type { Accounts } from './accounts.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { NegativeLookupCache } from './negative-lookup-cache.ts';
import type { SingleFlight } from './single-flight.ts';

/** Everything that the use cases work with. One for each process. */
export interface Gateway {
  store: Store;
  accounts: Accounts;
  changeFeed: ChangeFeed;
  /** Reads of promotions that run. */
  reads: SingleFlight<Reading>;
  /** Look-ups of codes that run. */
  lookUps: SingleFlight<void>;
  unknownCodes: NegativeLookupCache;
  /** Ids that are not in the store, and that their provider did not know a short while ago. */
  unknownIds: Periods;
  codeWalks: CodeWalks;
  attemptLimiter: AttemptLimiter;
  holdLimits: HoldLimits;
  clock: () => Instant;
  /** The cache ages of each provider, in milliseconds. */
  ages: Record<ProviderName, CacheAges>;
  /** Counts how a read of a promotion was served. */
  countRead: (result: ReadResult) => void;
  /** Reports an error that no caller waits for. */
  reportBug: (error: unknown) => void;
  /**
   * How much older than its maximum age a promotion may be and still be redeemed while its provider does not answer, in
   * milliseconds.
   */
  redeemStaleForMs: number;
  /** How often an account is synchronised, in milliseconds; 0: never. */
  syncEveryMs: number;
  /** How long a call waits for another one that holds the lease of its idempotency key, in milliseconds. */
  keyWaitMs: number;
}

/** The gateway as seen by a caller with an account scope. */
export function scopedTo(gateway: Gateway, accountScope: AccountScope): Gateway {
  return accountScope === null ? gateway : { ...gateway, accounts: gateway.accounts.scopedTo(accountScope) };
}

/** The period for which a provider's answer to a question that is asked now counts. */
export function untilNextCall({ clock, ages }: Gateway, provider: ProviderName): Period {
  return { since: clock(), until: clock() + ages[provider].maxAgeMs };
}

/** True while a promotion is recent enough to be served without a call. */
export function isFresh(gateway: Gateway, { provider, asOf, isDue }: Promotion): boolean {
  return !isDue && isWithin(gateway.clock() - asOf, gateway.ages[provider].maxAgeMs);
}

/** True for a promotion that is shown although it is too old, or partly unknown, because its provider does not tell. */
export function isStale(gateway: Gateway, promotion: Promotion): boolean {
  if (promotion.isUnconfirmed || promotion.isCountUnknown) return true;
  return !isFresh(gateway, promotion) && gateway.accounts.state(promotion.provider) !== 'UP';
}
