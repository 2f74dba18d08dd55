import type { AccountScope } from '../../domain/promotion/account-scope.ts';
import type { Instant, Promotion, ProviderName } from '../../domain/promotion/promotion.ts';
import { type CacheAges, isWithin, type ReadResult } from '../../domain/provider/cache-ages.ts';
import type { RefusalReason } from '../../domain/redemption/outcomes.ts';
import type { Redemption } from '../../domain/redemption/redemption.ts';
import type { Store } from '../../store/store.ts';
import type { AttemptLimiter } from '../attempts/attempt-limiter.ts';
import type { HoldLimits } from '../attempts/hold-limits.ts';
import type { CodeWalks } from '../reading/code-walks.ts';
import type { Period, Periods } from '../reading/periods.ts';
import type { Reading } from '../reading/reading.ts';
import type { RefusalLog } from '../refusals/refusal-log.ts';
import type { Accounts } from './accounts.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { NegativeLookupCache } from './negative-lookup-cache.ts';
import type { SingleFlight } from './single-flight.ts';

/** The state and services that all use cases share. One for each process. */
export interface Gateway {
  store: Store;
  accounts: Accounts;
  changeFeed: ChangeFeed;
  /** Running reads of promotions, by the id of their call. */
  reads: SingleFlight<Reading>;
  /** Running look-ups of codes. */
  lookUps: SingleFlight<void>;
  /** Running work on webhook events. */
  eventRuns: SingleFlight<void>;
  unknownCodes: NegativeLookupCache;
  /** Ids that are not in the store and that their provider did not know when it was last asked. */
  unknownIds: Periods;
  codeWalks: CodeWalks;
  attemptLimiter: AttemptLimiter;
  holdLimits: HoldLimits;
  refusalLog: RefusalLog;
  clock: () => Instant;
  /** The cache ages of each provider, in milliseconds. */
  ages: Record<ProviderName, CacheAges>;
  /** Counts how a read of a promotion was served. */
  countRead: (result: ReadResult) => void;
  /** Counts a refusal: why the promotion cannot be used, and the reason that the caller got. */
  countRefusal: (refusal: { reason: RefusalReason; told: RefusalReason }) => void;
  /** Counts a redemption that recovery has made or cancelled: no operation counts it. */
  countRecoveredUse: (redemption: Redemption) => void;
  /** Reports an error that no caller waits for. */
  reportBug: (error: unknown) => void;
  /** Reports a write whose outcome is unknown, once. Recovery looks for it. */
  reportDoubt: (write: { id: string; operation: string; provider: ProviderName | null }) => void;
  /**
   * How much older than its maximum age a promotion may be and still be redeemed while its provider does not answer, in
   * milliseconds.
   */
  redeemStaleForMs: number;
  /** How often an account is synchronised, in milliseconds; 0: never. */
  syncEveryMs: number;
  /** How long a call waits while another one has the lease of its idempotency key, in milliseconds. */
  keyWaitMs: number;
}

/** The gateway as seen by a caller with an account scope. */
export function scopedTo(gateway: Gateway, accountScope: AccountScope): Gateway {
  return accountScope === null ? gateway : { ...gateway, accounts: gateway.accounts.scopedTo(accountScope) };
}

/** The period in which an answer to a call that is made now is not asked for again. */
export function untilNextCall({ clock, ages }: Gateway, provider: ProviderName): Period {
  return { since: clock(), until: clock() + ages[provider].maxAgeMs };
}

/** True while a promotion is recent enough to be served without a call to its provider. */
export function isFresh(gateway: Gateway, { provider, asOf, isDue }: Promotion): boolean {
  return !isDue && isWithin(gateway.clock() - asOf, gateway.ages[provider].maxAgeMs);
}

/** True for a promotion that is too old or partly unknown, and is shown because its provider does not answer. */
export function isStale(gateway: Gateway, promotion: Promotion): boolean {
  if (promotion.isUnconfirmed || promotion.isCountUnknown) return true;
  return !isFresh(gateway, promotion) && gateway.accounts.state(promotion.provider) !== 'UP';
}
