import type { z } from 'zod';
import type { ApiKey } from '../auth/api-keys.ts';
import type { TokenRules } from '../auth/tokens.ts';
import type { ProviderName } from '../domain/promotion/promotion.ts';
import type { GuardOptions } from '../providers/client/guard.ts';
import type { Env } from '../providers/definition.ts';
import { gatewayVariables, problemsOf } from './env.ts';
import { hasProviderKey, type ProviderConfig, providerProblems, readProviderConfigs } from './provider-config.ts';

/** How the process is to run. Durations are in milliseconds. */
export interface Config {
  host: string;
  port: number;
  databaseFile: string;
  /** Every provider is played locally. */
  sandbox: boolean;
  providers: Record<ProviderName, ProviderConfig>;
  guard: Pick<GuardOptions, 'retries' | 'breaks'>;
  /** How often all that a provider has is taken in; 0: never. */
  syncEvery: number;
  providerDeadline: number;
  redeemStaleFor: number;
  /** The web pages that may ask from a browser, by their origins; "*": all. */
  corsOrigins: string[];
  /** The names by which this gateway is known, besides those of this machine; heeded while no key is required. */
  allowedHosts: string[];
  /** The file of the operations that clients may send by their id; undefined: none. */
  trustedDocuments: string | undefined;
  /** Whether no other operations are accepted. */
  trustedDocumentsOnly: boolean;
  /** How much one request may ask for. */
  limits: {
    /** Of a body, in bytes. */
    body: number;
    /** Of an operation's text. */
    documentCharacters: number;
    depth: number;
    aliases: number;
    directives: number;
    tokens: number;
    /** By the numbers that the schema publishes. */
    cost: number;
    /** Whether the schema may be asked for. */
    introspection: boolean;
    /** Whether a router may read the schema from `_service`. */
    subgraphSdl: boolean;
    /** Requests that are worked on at once, in all and of one caller; more are refused. */
    inFlight: number;
    inFlightPerCaller: number;
    /** Bytes of bodies that are held at once. */
    bufferedBytes: number;
    /** Subscriptions that are open at once, in all and of each caller, and what one event of each may cost. */
    subscriptions: { total: number; perCaller: number; cost: number };
  };
  connections: {
    most: number;
    /** How long a request may take to arrive. */
    bodyTimeout: number;
    /** How long an answer may wait for a client that does not read it. */
    responseTimeout: number;
    /** How long a connection stays open for the next request. */
    keepAliveTimeout: number;
  };
  /** How many bytes of parsed operations are kept. */
  documentCacheBytes: number;
  requestDeadline: number;
  graphiql: boolean;
  /** Who may ask. No keys and no tokens: whoever isInScope this machine's own address. */
  access: { keys: ApiKey[]; tokens: TokenRules | null };
  /** How often callers that may not look codes up may fail to use one. */
  guesses: { customer: number; address: number; caller: number; windowSeconds: number };
  /** How many uses may be set aside, and for how long. In seconds. */
  holds: { perCustomer: number; perAddress: number; windowSeconds: number; customerSeconds: number };
  /** The proxies whose word is taken for whom they forward: addresses and ranges. */
  trustedProxies: string[];
  /** The collector that traces are sent to; undefined: nothing is traced. */
  traceEndpoint: string | undefined;
}

/** The configuration is not valid: `problems` has a line for each variable that is wrong. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: string[];

  constructor(problems: string[]) {
    super(`the configuration is not valid\n${problems.join('\n')}`);
    this.problems = problems;
  }
}

/** @throws {ConfigError} naming every problem at once */
export function readConfig(env: Env): Config {
  const parsed = gatewayVariables.safeParse(env);
  const problems = [...problemsOf(parsed), ...providerProblems(env)];
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  const { data } = parsed;
  return {
    host: data.HOST,
    port: data.PORT,
    databaseFile: data.DATABASE_URL,
    sandbox: data.SANDBOX ? data.SANDBOX === '1' : !hasProviderKey(env) && data.NODE_ENV !== 'production',
    providers: readProviderConfigs(env),
    guard: { retries: data.PROVIDER_RETRIES, breaks: data.PROVIDER_BREAKER === '1' },
    syncEvery: data.SYNC_SECONDS,
    providerDeadline: data.PROVIDER_DEADLINE_MS,
    redeemStaleFor: data.REDEEM_STALE_IF_ERROR_SECONDS,
    corsOrigins: data.CORS_ORIGINS,
    allowedHosts: data.ALLOWED_HOSTS,
    trustedDocuments: data.TRUSTED_DOCUMENTS,
    trustedDocumentsOnly: data.TRUSTED_DOCUMENTS_ONLY === '1',
    limits: {
      body: data.MAX_BODY_BYTES,
      documentCharacters: data.MAX_DOCUMENT_CHARACTERS,
      depth: data.MAX_DEPTH,
      aliases: data.MAX_ALIASES,
      directives: data.MAX_DIRECTIVES,
      tokens: data.MAX_TOKENS,
      cost: data.MAX_COST,
      introspection: data.INTROSPECTION === '1',
      subgraphSdl: (data.SUBGRAPH_SDL ?? data.INTROSPECTION) === '1',
      inFlight: data.MAX_IN_FLIGHT,
      inFlightPerCaller: data.MAX_IN_FLIGHT_PER_CALLER ?? Math.ceil(data.MAX_IN_FLIGHT / 2),
      bufferedBytes: data.MAX_BUFFERED_BYTES,
      subscriptions: {
        total: data.MAX_SUBSCRIPTIONS,
        perCaller: data.MAX_SUBSCRIPTIONS_PER_CALLER,
        cost: data.MAX_SUBSCRIPTION_COST,
      },
    },
    connections: {
      most: data.MAX_CONNECTIONS,
      bodyTimeout: data.BODY_TIMEOUT_MS,
      responseTimeout: data.RESPONSE_TIMEOUT_MS,
      keepAliveTimeout: data.KEEP_ALIVE_TIMEOUT_MS,
    },
    documentCacheBytes: data.DOCUMENT_CACHE_BYTES,
    requestDeadline: data.REQUEST_DEADLINE_MS,
    graphiql: data.GRAPHIQL === '1',
    access: { keys: data.API_KEYS, tokens: tokenRules(data) },
    guesses: {
      customer: data.ATTEMPTS_PER_CUSTOMER,
      address: data.ATTEMPTS_PER_ADDRESS,
      caller: data.ATTEMPTS_PER_CALLER,
      windowSeconds: data.ATTEMPTS_WINDOW_SECONDS,
    },
    holds: {
      perCustomer: data.HOLDS_PER_CUSTOMER,
      perAddress: data.HOLDS_PER_ADDRESS,
      windowSeconds: data.ATTEMPTS_WINDOW_SECONDS,
      customerSeconds: data.MAX_CUSTOMER_HOLD_SECONDS,
    },
    trustedProxies: data.TRUSTED_PROXIES,
    traceEndpoint: data.OTEL_EXPORTER_OTLP_ENDPOINT,
  };
}

function tokenRules({ JWKS_URL, JWT_ISSUER, JWT_AUDIENCE }: z.infer<typeof gatewayVariables>): TokenRules | null {
  return JWKS_URL && JWT_ISSUER && JWT_AUDIENCE
    ? { jwksUrl: JWKS_URL, issuer: JWT_ISSUER, audience: JWT_AUDIENCE }
    : null;
}
