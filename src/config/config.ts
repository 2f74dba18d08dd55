import type { z } from 'zod';
import type { ApiKey } from '../auth/api-keys.ts';
import type { TokenRules } from '../auth/tokens.ts';
import type { ProviderName } from '../domain/promotion/promotion.ts';
import type { GuardOptions } from '../providers/client/guard.ts';
import type { Env } from '../providers/definition.ts';
import { type StoreAddress, storeAddress } from '../store/engines/address.ts';
import { gatewayVariables, problemsOf } from './env.ts';
import { hasProviderKey, type ProviderConfig, providerProblems, readProviderConfigs } from './provider-config.ts';

/** The parsed and checked environment of the process. {@link readConfig} builds it. */
export interface Config {
  host: string;
  port: number;
  store: StoreAddress;
  /** Whether a local simulator replaces every provider. */
  sandbox: boolean;
  /** Whether a sandbox starts with a few example codes. */
  sandboxExamples: boolean;
  providers: Record<ProviderName, ProviderConfig>;
  guard: Pick<GuardOptions, 'retries' | 'hasBreaker'>;
  /** How often the gateway reads every promotion that a provider can list; 0: never. */
  syncEveryMs: number;
  /** How long one call to a provider may take as a whole, retries included. */
  providerDeadlineMs: number;
  /** While a provider is down: how much older than its maximum age a promotion may be and still be redeemed. */
  redeemStaleForMs: number;
  /** Origins of the web pages that may send requests from a browser; "*": all. */
  corsOrigins: string[];
  /** Accepted host names besides those of this machine. Checked only while requests need no credentials. */
  allowedHosts: string[];
  /** The file with the operations that clients may send by id; undefined: none. */
  trustedDocuments: string | undefined;
  /** Whether all other operations are refused. */
  trustedDocumentsOnly: boolean;
  /** Limits of one request, and of all requests together. */
  limits: {
    /** Largest request body. */
    bodyBytes: number;
    /** Longest operation text, in UTF-16 code units. */
    documentCharacters: number;
    depth: number;
    aliases: number;
    directives: number;
    tokens: number;
    /** Highest cost of one operation. The schema publishes the cost of each field. */
    cost: number;
    /** Whether introspection queries are answered. */
    introspection: boolean;
    /** Whether a federation router may read the schema from `_service`. */
    subgraphSdl: boolean;
    /** Most requests in flight, in total and per caller; the gateway refuses more. */
    inFlight: number;
    inFlightPerCaller: number;
    /** Most bytes of request bodies in memory at one time. */
    bufferedBytes: number;
    /** Most open subscriptions, in total and per caller, and the highest cost of one event. */
    subscriptions: { total: number; perCaller: number; cost: number };
  };
  /** Whether the schema for federation routers has `@requiresScopes`. */
  hasSubgraphScopes: boolean;
  connections: {
    max: number;
    /** How long a client may take to send a request. */
    bodyTimeoutMs: number;
    /** How long a response may wait for a client that does not read it. */
    responseTimeoutMs: number;
    /** How long a connection stays open for the next request. */
    keepAliveTimeoutMs: number;
  };
  /** What caches in front of the gateway learn about its answers. */
  httpCaching: {
    /** Whether caches that several clients share may store answers. Otherwise only the client's own cache may. */
    isShared: boolean;
    /** Which cacheable answers have cache tags. Only routers query `_entities`. */
    tagged: 'NONE' | 'ENTITIES' | 'ALL';
  };
  /** Memory for answers that are given again without an execution; 0: none are. */
  answerCacheBytes: number;
  /** Size of the cache of parsed operations. */
  documentCacheBytes: number;
  /** How long the gateway may work on one request. */
  requestDeadlineMs: number;
  graphiql: boolean;
  /** Accepted credentials. Without keys and tokens, requests need none, and HOST must be a loopback address. */
  access: { keys: ApiKey[]; tokens: TokenRules | null };
  /** Most failed attempts to use a code within the window, for callers that may not look codes up. */
  attempts: { customer: number; address: number; caller: number; windowSeconds: number };
  /**
   * Most open holds of one customer, most holds from one address within the window, and the longest hold of a caller that is
   * not a server.
   */
  holds: { perCustomer: number; perAddress: number; windowSeconds: number; customerSeconds: number };
  /** How long refusals are kept, and how many of one caller. */
  refusals: { keptMs: number; perCaller: number };
  /** Addresses and ranges of the proxies whose `X-Forwarded-For` is trusted. */
  trustedProxies: string[];
  /** URL of the OpenTelemetry collector; undefined: tracing is off. */
  traceEndpoint: string | undefined;
}

/** The answers with tags, by CACHE_TAGS; '': it is not set. */
const TAGGED = { '': 'ENTITIES', '0': 'NONE', '1': 'ALL' } as const;

/** The environment is not a valid configuration. `problems` has one line per invalid variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: string[];

  constructor(problems: string[]) {
    super(`the configuration is not valid\n${problems.join('\n')}`);
    this.problems = problems;
  }
}

/**
 * Parses the environment of the gateway and of all its providers.
 *
 * @throws {ConfigError} with all problems, not only the first
 */
export function readConfig(env: Env): Config {
  const parsed = gatewayVariables.safeParse(env);
  const problems = [...problemsOf(parsed), ...providerProblems(env)];
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  const { data } = parsed;
  return {
    host: data.HOST,
    port: data.PORT,
    store: storeAddress(data.DATABASE_URL, {
      directUrl: data.DATABASE_DIRECT_URL,
      poolSize: data.DATABASE_POOL_SIZE,
      waitSeconds: data.DATABASE_WAIT_SECONDS,
    }),
    sandbox: data.SANDBOX ? data.SANDBOX === '1' : !hasProviderKey(env) && data.NODE_ENV !== 'production',
    sandboxExamples: data.SANDBOX_EXAMPLES === '1',
    providers: readProviderConfigs(env),
    guard: { retries: data.PROVIDER_RETRIES, hasBreaker: data.PROVIDER_BREAKER === '1' },
    syncEveryMs: data.SYNC_SECONDS,
    providerDeadlineMs: data.PROVIDER_DEADLINE_MS,
    redeemStaleForMs: data.REDEEM_STALE_IF_ERROR_SECONDS,
    corsOrigins: data.CORS_ORIGINS,
    allowedHosts: data.ALLOWED_HOSTS,
    trustedDocuments: data.TRUSTED_DOCUMENTS,
    trustedDocumentsOnly: data.TRUSTED_DOCUMENTS_ONLY === '1',
    limits: {
      bodyBytes: data.MAX_BODY_BYTES,
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
    hasSubgraphScopes: data.SUBGRAPH_SCOPES === '1',
    connections: {
      max: data.MAX_CONNECTIONS,
      bodyTimeoutMs: data.BODY_TIMEOUT_MS,
      responseTimeoutMs: data.RESPONSE_TIMEOUT_MS,
      keepAliveTimeoutMs: data.KEEP_ALIVE_TIMEOUT_MS,
    },
    httpCaching: { isShared: data.SHARED_CACHES === '1', tagged: TAGGED[data.CACHE_TAGS ?? ''] },
    answerCacheBytes: data.ANSWER_CACHE_BYTES,
    documentCacheBytes: data.DOCUMENT_CACHE_BYTES,
    requestDeadlineMs: data.REQUEST_DEADLINE_MS,
    graphiql: data.GRAPHIQL === '1',
    access: { keys: data.API_KEYS, tokens: tokenRules(data) },
    attempts: {
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
    refusals: { keptMs: data.REFUSAL_RETENTION_SECONDS, perCaller: data.REFUSALS_PER_CALLER },
    trustedProxies: data.TRUSTED_PROXIES,
    traceEndpoint: data.OTEL_EXPORTER_OTLP_ENDPOINT,
  };
}

function tokenRules({ JWKS_URL, JWT_ISSUER, JWT_AUDIENCE }: z.infer<typeof gatewayVariables>): TokenRules | null {
  return JWKS_URL && JWT_ISSUER && JWT_AUDIENCE
    ? { jwksUrl: JWKS_URL, issuer: JWT_ISSUER, audience: JWT_AUDIENCE }
    : null;
}
