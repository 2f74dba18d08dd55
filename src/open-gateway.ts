import type { Config } from './config/config.ts';
import type { ConfiguredProvider } from './config/provider-config.ts';
import type { Instant, ProviderName } from './domain/promotion/promotion.ts';
import type { ReadResult } from './domain/provider/cache-ages.ts';
import type { ReadWebhook } from './domain/provider/webhook-delivery.ts';
import { AttemptLimiter, type AttemptObserver } from './gateway/attempts/attempt-limiter.ts';
import { HoldLimits } from './gateway/attempts/hold-limits.ts';
import { Accounts } from './gateway/core/accounts.ts';
import { ChangeFeed } from './gateway/core/change-feed.ts';
import type { Gateway } from './gateway/core/gateway.ts';
import { NegativeLookupCache } from './gateway/core/negative-lookup-cache.ts';
import { SingleFlight } from './gateway/core/single-flight.ts';
import type { Sleep } from './gateway/core/sleep.ts';
import { CodeWalks } from './gateway/reading/code-walks.ts';
import { Periods } from './gateway/reading/periods.ts';
import { RefusalLog } from './gateway/refusals/refusal-log.ts';
import { openStore } from './store/store.ts';
import type { ObserveCall, ObserveHealth } from './telemetry/observed-call.ts';

/** What a gateway reports to, and the timers that it uses. Each has a default. */
interface GatewayOptions {
  /** Replaces the store's clock, for tests. */
  clock?: () => Instant;
  reportBug?: (error: unknown) => void;
  /** Reports what an operator should change. */
  warn?: (message: string) => void;
  countRead?: (result: ReadResult) => void;
  countRefusal?: Gateway['countRefusal'];
  countRecoveredUse?: Gateway['countRecoveredUse'];
  observe?: ObserveCall;
  observeHealth?: ObserveHealth;
  reportDoubt?: Gateway['reportDoubt'];
  guesses?: AttemptObserver;
  /** Waits for a time. Default: the timers of the process. */
  sleep?: Sleep;
}

export interface OpenGateway {
  gateway: Gateway;
  /** Verifies and reads the webhooks of each provider whose secret is set. */
  webhooks: ReadonlyMap<ProviderName, ReadWebhook>;
  close(): Promise<void>;
}

const OFF = { health: 'DOWN', downSince: null, waiting: 0, refused: 0 } as const;

/**
 * Opens the store and connects the providers. Sends nothing yet.
 * @throws when the store cannot be opened
 */
export async function openGateway(
  config: Config,
  configured: ConfiguredProvider[],
  {
    clock,
    reportBug = () => {},
    countRead = () => {},
    countRefusal = () => {},
    countRecoveredUse = () => {},
    warn,
    observe,
    observeHealth,
    reportDoubt = () => {},
    guesses,
    sleep,
  }: GatewayOptions = {},
): Promise<OpenGateway> {
  const store = await openStore(config.store, warn);
  const connections = configured.map((provider) =>
    provider.connect({
      deadlineMs: config.providerDeadlineMs,
      guard: { ...config.guard, maxPerSecond: config.providers[provider.name].maxPerSecond },
      sandbox: config.sandbox,
      ...(observe && { observe }),
      ...(observeHealth && { observeHealth }),
    }),
  );
  const providers = connections.flatMap((connection) => connection.providers);
  const connected = new Map(configured.map(({ name }, index) => [name, connections[index]]));
  const report = (provider: ProviderName) => {
    const connection = connected.get(provider);
    if (!connection) return OFF;
    return { health: connection.health(), downSince: connection.downSince(), ...connection.queue() };
  };
  const gateway: Gateway = {
    store,
    accounts: new Accounts(providers, report),
    changeFeed: new ChangeFeed(store.changes),
    reads: new SingleFlight(sleep),
    lookUps: new SingleFlight(),
    eventRuns: new SingleFlight(),
    unknownCodes: new NegativeLookupCache(),
    unknownIds: new Periods(),
    codeWalks: new CodeWalks(),
    attemptLimiter: new AttemptLimiter(store.attempts, config.attempts, { ...guesses, ...(sleep && { sleep }) }),
    holdLimits: new HoldLimits(store.attempts, config.holds),
    refusalLog: new RefusalLog(store, config.refusals, { reportBug, warn }),
    clock: clock ?? store.clock,
    ages: config.providers,
    reportBug,
    reportDoubt,
    countRead,
    countRefusal,
    countRecoveredUse,
    redeemStaleForMs: config.redeemStaleForMs,
    syncEveryMs: config.syncEveryMs,
    keyWaitMs: config.providerDeadlineMs,
  };
  const webhooks = configured.flatMap(({ name, readWebhook }) => (readWebhook ? [[name, readWebhook] as const] : []));
  return {
    gateway,
    webhooks: new Map(webhooks),
    close: async () => {
      gateway.changeFeed.close();
      gateway.reads.endWaiting();
      await Promise.all(connections.map((connection) => connection.close()));
      await Promise.all([gateway.reads, gateway.lookUps, gateway.eventRuns].map((one) => one.settled()));
      await gateway.refusalLog.close();
      await store.close();
    },
  };
}
