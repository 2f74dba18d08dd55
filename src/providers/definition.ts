import type { z } from 'zod';
import type { Instant, ProviderName, StatedDiscount } from '../domain/promotion/promotion.ts';
import type { PromoCodeDraft } from '../domain/provider/fit-to-provider.ts';
import type { Provider, ProviderHealth } from '../domain/provider/provider.ts';
import type { ReadWebhook } from '../domain/provider/webhook-delivery.ts';
import type { Simulator, SimulatorOptions } from '../simulators/index.ts';
import type { ObserveCall, ObserveHealth } from '../telemetry/observed-call.ts';
import type { QueueState } from './client/call-queue.ts';
import type { GuardOptions } from './client/guard.ts';

/** Environment variables by name. */
export type Env = Record<string, string | undefined>;

/**
 * Everything that the gateway knows about a billing provider, except its title, which is in the domain (`KNOWN_PROVIDERS`).
 * The registry in index.ts has one line per provider.
 */
export interface ProviderDefinition<Settings, Options extends SimulatorOptions = SimulatorOptions> {
  readonly name: ProviderName;
  /**
   * The prefix of the variables that every provider has. "ACME" reads ACME_BASE_URL, ACME_MAX_AGE_SECONDS,
   * ACME_STALE_WHILE_REVALIDATE_SECONDS, ACME_STALE_IF_ERROR_SECONDS and ACME_MAX_PER_SECOND.
   */
  readonly prefix: string;
  /** The variable with the API key, such as ACME_API_KEY. Without it, the provider is switched off. */
  readonly keyVariable: string;
  /** Cache ages and rate limit when their variables are not set. */
  readonly defaults: ProviderDefaults;
  /**
   * Parses the provider's variables. The result is undefined while the API key is not set: the provider is switched off. The
   * path of each issue is the name of the variable.
   */
  readonly settings: z.ZodType<Settings | undefined, Env>;
  /**
   * Parses the webhook variables into a reader of webhooks; undefined while the secret is not set. Absent: the provider sends
   * no webhooks.
   */
  readonly webhooks?: z.ZodType<ReadWebhook | undefined, Env>;
  /** The accounts that another provider may reach, too. Absent: none. */
  sharedAccounts?(settings: Settings): SharedAccounts;
  /** Creates the adapters, one per account. Opens no network connection before the first call. */
  connect(settings: Settings, options: ConnectOptions): Connection;
  /**
   * Starts the provider's simulator. Import the simulator inside this function, not at the top of the file, so that a gateway
   * in production never loads it.
   */
  startSimulator(options: Options): Promise<Simulator>;
  /** Variables that the adapter needs besides the key and the base URL of its simulator. */
  readonly simulatorVariables?: Readonly<Record<string, string>>;
  /** The promo codes that a sandbox starts with. The provider must carry all their terms. */
  readonly examples: readonly ExampleCode[];
}

/** Accounts that several providers can reach. The gateway does not start if two of them are configured for one account. */
export interface SharedAccounts {
  /** The ids of the accounts, the same in every provider. */
  readonly ids: readonly string[];
  /** The variable that names them. */
  readonly variable: string;
  /** The variable that has to name one more account, and why, if it is not set: "must be the id of …". */
  readonly missing?: { readonly variable: string; readonly message: string } | undefined;
}

/** A promo code with a discount of its own. A provider whose codes need a coupon gets one for it. */
export type ExampleCode = PromoCodeDraft & { terms: { discount: StatedDiscount } };

/** Default cache ages and rate limit of a provider. The operator can change each one with a variable. */
export interface ProviderDefaults {
  /** A cached answer up to this age is served without a call. */
  readonly maxAgeSeconds: number;
  /** Up to this age it is served immediately and refreshed in the background. */
  readonly staleWhileRevalidateSeconds: number;
  /** Up to this age it is served while the provider is down. */
  readonly staleIfErrorSeconds: number;
  /** Calls per second; 0: no limit. */
  readonly maxPerSecond: number;
}

/** The defaults of a provider that documents no limits of its own. */
export const USUAL_DEFAULTS: ProviderDefaults = {
  maxAgeSeconds: 60,
  staleWhileRevalidateSeconds: 10 * 60,
  staleIfErrorSeconds: 7 * 24 * 60 * 60,
  maxPerSecond: 25,
};

/** How the gateway calls a provider. */
export interface ConnectOptions {
  /** The time limit of one call, retries included. */
  deadlineMs: number;
  /** Retries, rate limit and circuit breaker. Absent: none of them; each call is sent once. */
  guard?: GuardOptions;
  /** Receives the outcome and the duration of each call that was sent. */
  observe?: ObserveCall;
  observeHealth?: ObserveHealth;
  /** True if the base URL is that of a simulator. */
  sandbox?: boolean;
}

/** The adapters of one provider, and the state they share. */
export interface Connection {
  /** One adapter per account, the default account first. */
  providers: Provider[];
  /** Whether the provider is up. */
  health(): ProviderHealth;
  /** Since when calls to it are stopped because they fail; null: they are not. */
  downSince(): Instant | null;
  /** How busy the queue of calls to it is. */
  queue(): QueueState;
  /** Lets running calls end, then closes every socket. */
  close(): Promise<void>;
}
