import proxyAddress from 'proxy-addr';
import { z } from 'zod';
import { parseApiKeys } from '../auth/api-keys.ts';
import { hostName } from '../auth/host-names.ts';
import type { Env } from '../providers/definition.ts';
import { DIRECT_URL_FAULT, storeVariables } from '../store/engines/store-variables.ts';

/*
 * The environment variables of the gateway itself, each with its type and default. A provider's variables are defined
 * in its own folder, and the ones that every provider has in provider-config.ts.
 */

/** The environment of the process. An empty variable counts as not set. */
export function readEnv(): Env {
  return Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== ''));
}

/** One line per invalid variable. */
export function problemsOf({ error }: z.ZodSafeParseResult<unknown>): string[] {
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

/** Reads a variable that is set in seconds. The result is in milliseconds. */
export const secondsAsMs = (fallback: number) =>
  z.coerce
    .number({ error: 'must be a number of seconds' })
    .min(0, 'must not be negative')
    .default(fallback)
    .transform((value) => value * 1000);

/** Node.js timers accept at most 2^31 - 1 ms, a little more than 24 days. */
const DAY_MS = 24 * 60 * 60 * 1000;

const list = (text: string) =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');

const whole = (least: number) =>
  z.coerce.number({ error: 'must be a number' }).int('must be whole').min(least, `must be at least ${least}`);

const atLeast = (least: number, fallback: number) => whole(least).default(fallback);

/**
 * How many bodies of the maximum size MAX_BUFFERED_BYTES must have room for. One caller may use a quarter of the buffer, and a
 * compressed body is in memory twice: compressed and decompressed.
 */
const MIN_BUFFERED_BODIES = 8;

/** Parses the gateway's own variables. The path of each issue is the name of the variable. */
export const gatewayVariables = z
  .object({
    HOST: z.string().default('127.0.0.1'),
    PORT: z.coerce.number({ error: 'must be a port number' }).int().min(0).max(65_535).default(4000),
    ...storeVariables,
    SANDBOX: z.enum(['0', '1'], { error: 'must be 0 or 1' }).optional(),
    SANDBOX_EXAMPLES: z.enum(['0', '1'], { error: 'must be 0 or 1' }).default('1'),
    NODE_ENV: z.string().optional(),
    PROVIDER_RETRIES: z.coerce.number({ error: 'must be a number of tries' }).int().min(0).max(10).default(2),
    PROVIDER_BREAKER: z.enum(['0', '1'], { error: 'must be 0 or 1' }).default('1'),
    PROVIDER_DEADLINE_MS: z.coerce
      .number({ error: 'must be a number of milliseconds' })
      .int()
      .min(1)
      .max(50_000, 'must be at most 50000')
      .default(5000),
    REDEEM_STALE_IF_ERROR_SECONDS: secondsAsMs(0),
    SYNC_SECONDS: secondsAsMs(15 * 60),
    CORS_ORIGINS: z
      .string()
      .default('')
      .transform(list)
      .refine((origins) => origins.every(isOrigin), 'must be origins such as https://shop.example, or *'),
    ALLOWED_HOSTS: z
      .string()
      .default('')
      .transform(list)
      .transform((hosts, context) => {
        const names = hosts.flatMap((host) =>
          /:\d*$/.test(host) && !host.endsWith(']') ? [] : (hostName(host) ?? []),
        );
        if (names.length < hosts.length) {
          const message = 'must be host names such as gateway.internal, without a scheme and a port';
          context.addIssue({ code: 'custom', message });
        }
        return names;
      }),
    MAX_BODY_BYTES: atLeast(1, 1_000_000),
    MAX_DOCUMENT_CHARACTERS: atLeast(1, 50_000),
    ANSWER_CACHE_BYTES: atLeast(0, 64_000_000),
    DOCUMENT_CACHE_BYTES: atLeast(1, 16_000_000),
    MAX_DEPTH: atLeast(1, 15),
    MAX_ALIASES: atLeast(0, 50),
    MAX_DIRECTIVES: atLeast(0, 50),
    MAX_TOKENS: atLeast(1, 2000),
    MAX_COST: atLeast(1, 10_000),
    MAX_IN_FLIGHT: atLeast(1, 1000),
    MAX_IN_FLIGHT_PER_CALLER: whole(1).optional(),
    MAX_BUFFERED_BYTES: atLeast(1, 64_000_000),
    MAX_CONNECTIONS: atLeast(1, 20_000),
    BODY_TIMEOUT_MS: atLeast(1, 10_000),
    RESPONSE_TIMEOUT_MS: atLeast(1, 30_000),
    MAX_SUBSCRIPTIONS: atLeast(0, 5000),
    MAX_SUBSCRIPTIONS_PER_CALLER: atLeast(0, 1000),
    MAX_SUBSCRIPTION_COST: atLeast(1, 100),
    REQUEST_DEADLINE_MS: atLeast(1, 30_000),
    // Proxies keep idle connections for 60 s or less. The proxy must close first: if the gateway does, a request may get lost.
    KEEP_ALIVE_TIMEOUT_MS: atLeast(1, 75_000).refine((value) => value <= DAY_MS, `must be at most ${DAY_MS}`),
    GRAPHIQL: z.enum(['0', '1'], { error: 'must be 0 or 1' }).default('1'),
    INTROSPECTION: z.enum(['0', '1'], { error: 'must be 0 or 1' }).default('1'),
    SUBGRAPH_SDL: z.enum(['0', '1'], { error: 'must be 0 or 1' }).optional(),
    SUBGRAPH_SCOPES: z.enum(['0', '1'], { error: 'must be 0 or 1' }).default('0'),
    SHARED_CACHES: z.enum(['0', '1'], { error: 'must be 0 or 1' }).default('0'),
    CACHE_TAGS: z.enum(['0', '1'], { error: 'must be 0 or 1' }).optional(),
    TRUSTED_DOCUMENTS: z.string().optional(),
    OTEL_EXPORTER_OTLP_ENDPOINT: z
      .url({ protocol: /^https?$/, error: 'must be an http:// or https:// address' })
      .optional(),
    API_KEYS: z
      .string()
      .default('')
      .transform(list)
      .transform((lines, context) => {
        const { keys, problems } = parseApiKeys(lines);
        for (const message of problems) context.addIssue({ code: 'custom', message });
        return keys;
      }),
    ATTEMPTS_PER_CUSTOMER: atLeast(1, 10),
    ATTEMPTS_PER_ADDRESS: atLeast(1, 50),
    ATTEMPTS_PER_CALLER: atLeast(1, 10_000),
    ATTEMPTS_WINDOW_SECONDS: atLeast(1, 15 * 60),
    HOLDS_PER_CUSTOMER: atLeast(1, 20),
    HOLDS_PER_ADDRESS: atLeast(1, 100),
    MAX_CUSTOMER_HOLD_SECONDS: atLeast(1, 60 * 60),
    REFUSAL_RETENTION_SECONDS: secondsAsMs(30 * 24 * 60 * 60),
    REFUSALS_PER_CALLER: atLeast(1, 50_000),
    TRUSTED_PROXIES: z
      .string()
      .default('')
      .transform(list)
      .refine(
        (proxies) => proxies.every(isAddressOrRange),
        'must be addresses or ranges such as 10.0.0.0/8, or loopback, linklocal, uniquelocal',
      ),
    JWKS_URL: z.string().refine(isSafeAddress, 'must be an https:// address, or one of this machine').optional(),
    JWT_ISSUER: z.string().optional(),
    JWT_AUDIENCE: z.string().optional(),
    TRUSTED_DOCUMENTS_ONLY: z.enum(['0', '1'], { error: 'must be 0 or 1' }).default('0'),
  })
  .refine(({ DATABASE_URL, DATABASE_DIRECT_URL }) => DATABASE_DIRECT_URL === undefined || 'url' in DATABASE_URL, {
    path: ['DATABASE_DIRECT_URL'],
    error: DIRECT_URL_FAULT,
  })
  .refine((given) => given.TRUSTED_DOCUMENTS_ONLY === '0' || given.TRUSTED_DOCUMENTS !== undefined, {
    path: ['TRUSTED_DOCUMENTS_ONLY'],
    error: 'needs TRUSTED_DOCUMENTS',
  })
  .refine(({ MAX_BUFFERED_BYTES, MAX_BODY_BYTES }) => MAX_BUFFERED_BYTES >= MIN_BUFFERED_BODIES * MAX_BODY_BYTES, {
    path: ['MAX_BUFFERED_BYTES'],
    error: `must be at least ${MIN_BUFFERED_BODIES} times MAX_BODY_BYTES`,
  })
  .refine(({ JWKS_URL, JWT_ISSUER, JWT_AUDIENCE }) => !JWKS_URL || (JWT_ISSUER && JWT_AUDIENCE), {
    path: ['JWKS_URL'],
    error: 'needs JWT_ISSUER and JWT_AUDIENCE: without them the gateway would accept tokens issued for other services',
  })
  .refine(({ HOST, API_KEYS, JWKS_URL }) => isLoopback(HOST) || API_KEYS.length > 0 || JWKS_URL !== undefined, {
    path: ['HOST'],
    error: 'must be a loopback address such as 127.0.0.1 while neither API_KEYS nor JWKS_URL is set',
  });

function isAddressOrRange(text: string): boolean {
  try {
    proxyAddress.compile(text);
    return true;
  } catch {
    return false;
  }
}

/** True for addresses that only this machine can reach. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** HTTPS, or this machine: an attacker who can alter the key set in transit could sign tokens. */
function isSafeAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname.replace(/^\[|\]$/g, '')));
}

function isOrigin(text: string): boolean {
  return text === '*' || (URL.canParse(text) && new URL(text).origin === text && !text.includes('*'));
}
