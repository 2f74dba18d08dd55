import type { AccountScope } from '../../auth/account-scope.ts';
import type { Instant, Promotion, ProviderName } from '../../domain/promotion/promotion.ts';
import { type CacheAges, isWithin, type ReadResult } from '../../domain/provider/cache-ages.ts';
import type { Store } from '../../store/store.ts';
import type { AttemptLimiter } from '../attempts/attempt-limiter.ts';
import type { HoldLimits } from '../attempts/hold-limits.ts';
import type { CodeWalks } from '../reading/code-walks.ts';
import type { Period, Periods } from '../reading/periods.ts';
import type { Reading } from '../reading/refresh-promotion.ts';
import type { Accounts } from './accounts.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { NegativeLookupCache } from './negative-lookup-cache.ts';
import type { SingleFlight } from './single-flight.ts';

/** Waits. */
export type Sleep = (milliseconds: number) => Promise<unknown>;

/** Everything an action works with. One for a process. */
export interface Gateway {
  store: Store;
  accounts: Accounts;
  live: ChangeFeed;
  /** Reads of promotions that are on their way. */
  reads: SingleFlight<Reading>;
  /** Look-ups of codes that are on their way. */
  lookUps: SingleFlight<void>;
  unknownCodes: NegativeLookupCache;
  /** Ids for which the provider had no object a short while ago. Only asked about ids that the store does not hold. */
  unknownIds: Periods;
  codeWalks: CodeWalks;
  guesses: AttemptLimiter;
  holds: HoldLimits;
  clock: () => Instant;
  /** How old what is held of a provider may be, in milliseconds. */
  ages: Record<ProviderName, CacheAges>;
  /** Told of where each read of a promotion took its answer from. */
  countRead: (result: ReadResult) => void;
  /** Told of what went wrong where nobody waits for it. */
  reportBug: (error: unknown) => void;
  /** How much older than that a promotion may be and still be redeemed while its provider is out of reach, in milliseconds. */
  redeemStaleFor: number;
  /** How often all that a provider has is taken in, in milliseconds. */
  syncEvery: number;
  /** How long a call waits for another one that has its idempotency key under way, in milliseconds. */
  keyWait: number;
}

/** The gateway as a caller sees it that is bound to some accounts. */
export function within(gateway: Gateway, accountScope: AccountScope): Gateway {
  return accountScope === null ? gateway : { ...gateway, accounts: gateway.accounts.within(accountScope) };
}

/** How long the answer of a provider to a question asked now counts before the question is asked again. */
export function untilNextAsk({ clock, ages }: Gateway, provider: ProviderName): Period {
  return { since: clock(), until: clock() + ages[provider].maxAgeMs };
}

/** True while a provider's answer is recent enough to be served without asking again. */
export function isFresh(gateway: Gateway, { provider, asOf, isDue }: Promotion): boolean {
  return !isDue && isWithin(gateway.clock() - asOf, gateway.ages[provider].maxAgeMs);
}

/** True for what is shown though it is older than promised, or not all known, because its provider does not tell. */
export function isStale(gateway: Gateway, promotion: Promotion): boolean {
  if (promotion.isUnconfirmed || promotion.isCountUnknown) return true;
  return !isFresh(gateway, promotion) && gateway.accounts.state(promotion.provider) !== 'UP';
}
