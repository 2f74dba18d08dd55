import { Accounts } from './actions/accounts.ts';
import { Periods } from './actions/asked/periods.ts';
import { AskedCodes } from './actions/asked-codes.ts';
import { CodeWalks } from './actions/code-walks.ts';
import { Flights } from './actions/flights.ts';
import type { Gateway, ReadResult, Sleep } from './actions/gateway.ts';
import { Guesses, type GuessObserver } from './actions/guesses.ts';
import { HoldLimits } from './actions/limiting/hold-limits.ts';
import { ChangeFeed } from './actions/live/change-feed.ts';
import type { Config, ConfiguredProvider } from './config.ts';
import type { Instant, ProviderName } from './promo/promotion.ts';
import type { ReadWebhook } from './promo/webhook.ts';
import type { ObserveCall } from './providers/definition.ts';
import { openStore } from './store/store.ts';

/** Who is told of what goes on within; absent: nobody. */
interface Observers {
  clock?: () => Instant;
  reportBug?: (error: unknown) => void;
  /** Logs what an operator should change. */
  warn?: (message: string) => void;
  countRead?: (result: ReadResult) => void;
  observe?: ObserveCall;
  guesses?: GuessObserver;
  /** Waits; absent: by the process's own timers. */
  sleep?: Sleep;
}

export interface OpenGateway {
  gateway: Gateway;
  /** How what providers tell by themselves is read, of those that have a secret for it. */
  webhooks: ReadonlyMap<ProviderName, ReadWebhook>;
  close(): Promise<void>;
}

const OFF = { health: 'DOWN', waiting: 0, refused: 0 } as const;

/** Opens the store and connects the providers: everything that actions work with. Nothing is sent yet. */
export async function openGateway(
  config: Config,
  configured: ConfiguredProvider[],
  { clock = Date.now, reportBug = () => {}, countRead = () => {}, warn, observe, guesses, sleep }: Observers = {},
): Promise<OpenGateway> {
  const store = await openStore(config.databaseFile, warn);
  const connections = configured.map((provider) =>
    provider.connect({
      deadlineMs: config.providerDeadline,
      guard: { ...config.guard, maxPerSecond: config.maxPerSecond[provider.name] },
      sandbox: config.sandbox,
      ...(observe && { observe }),
    }),
  );
  const providers = connections.flatMap((connection) => connection.providers);
  const connected = new Map(configured.map(({ name }, index) => [name, connections[index]]));
  const report = (provider: ProviderName) => {
    const connection = connected.get(provider);
    return connection ? { health: connection.health(), ...connection.queue() } : OFF;
  };
  const gateway: Gateway = {
    store,
    accounts: new Accounts(providers, report),
    live: new ChangeFeed(store.changes),
    reads: new Flights(sleep),
    lookUps: new Flights(),
    askedCodes: new AskedCodes(),
    unknownIds: new Periods(),
    codeWalks: new CodeWalks(),
    guesses: new Guesses(store.attempts, config.guesses, { ...guesses, ...(sleep && { sleep }) }),
    holds: new HoldLimits(store.attempts, config.holds),
    clock,
    ages: config.ages,
    reportBug,
    countRead,
    redeemStaleFor: config.redeemStaleFor,
    syncEvery: config.syncEvery,
    keyWait: config.providerDeadline,
  };
  const webhooks = configured.flatMap(({ name, readWebhook }) => (readWebhook ? [[name, readWebhook] as const] : []));
  return {
    gateway,
    webhooks: new Map(webhooks),
    close: async () => {
      gateway.live.close();
      gateway.reads.endLater();
      await Promise.all(connections.map((connection) => connection.close()));
      await Promise.all([gateway.reads.landed(), gateway.lookUps.landed()]);
      store.close();
    },
  };
}
