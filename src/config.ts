import { z } from 'zod';
import type { Ages } from './promo/freshness.ts';
import { PROVIDERS, type ProviderName } from './promo/promotion.ts';
import type { ReadWebhook } from './promo/webhook.ts';
import type { Connection, ConnectOptions, Environment, ProviderDefinition } from './providers/definition.ts';
import type { GuardOptions } from './providers/guard.ts';
import * as registry from './providers/index.ts';

/** How the process is to run. Durations are in milliseconds. */
export interface Config {
  host: string;
  port: number;
  databaseFile: string;
  /** Every provider is played locally. */
  sandbox: boolean;
  ages: Record<ProviderName, Ages>;
  /** Calls sent to a provider in a second at most; 0: any number. */
  maxPerSecond: Record<ProviderName, number>;
  guard: Pick<GuardOptions, 'retries' | 'breaks'>;
  /** How often all that a provider has is taken in; 0: never. */
  syncEvery: number;
  providerDeadline: number;
  redeemStaleFor: number;
  /** The web pages that may ask from a browser, by their origins; "*": all. */
  corsOrigins: string[];
  /** The file of the operations that clients may send by their id; undefined: none. */
  trustedDocuments: string | undefined;
  /** Whether no other operations are accepted. */
  trustedDocumentsOnly: boolean;
  /** How much one request may ask for. */
  limits: {
    /** Of a body, in bytes. */
    body: number;
    depth: number;
    aliases: number;
    directives: number;
    tokens: number;
    /** By the numbers that the schema publishes. */
    cost: number;
    /** Whether the schema may be asked for. */
    introspection: boolean;
    /** Requests that are under way at once; more are sent away. */
    inFlight: number;
  };
  requestDeadline: number;
  graphiql: boolean;
}

/** A provider that is switched on. */
export interface ConfiguredProvider {
  name: ProviderName;
  title: string;
  /** Reads what it tells by itself; undefined: no secret is set for that. */
  readWebhook: ReadWebhook | undefined;
  connect(options: ConnectOptions): Connection;
}

/** Something is wrong with the settings: `problems` has a line for each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: string[];

  constructor(issues: z.core.$ZodIssue[]) {
    const problems = issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** The variable that begins a provider's own variables. */
const PREFIX: Record<ProviderName, string> = { DURO: 'DURO', FLEXPRICE: 'FLEXPRICE', STRIPE_CONNECT: 'CHATDASH' };

const seconds = (fallback: number) =>
  z.coerce
    .number({ error: 'must be a number of seconds' })
    .min(0, 'must not be negative')
    .default(fallback)
    .transform((value) => value * 1000);

/** In seconds. */
const WEEK = 7 * 24 * 60 * 60;

const rate = z.coerce.number({ error: 'must be a number of calls' }).int().min(0, 'must not be negative').default(25);

const atLeast = (least: number, fallback: number) =>
  z.coerce
    .number({ error: 'must be a number' })
    .int('must be whole')
    .min(least, `must be at least ${least}`)
    .default(fallback);

const settings = z
  .object({
    HOST: z.string().default('127.0.0.1'),
    PORT: z.coerce.number({ error: 'must be a port number' }).int().min(0).max(65_535).default(4000),
    DATABASE_URL: z
      .string()
      .default('./data/promo-gateway.db')
      .refine((url) => !/^[a-z]+:\/\//i.test(url) || url.startsWith('file://'), 'must be the path of a SQLite file')
      .transform((url) => url.replace(/^file:\/\//, '')),
    SANDBOX: z.enum(['0', '1'], { error: 'must be 0 or 1' }).optional(),
    NODE_ENV: z.string().optional(),
    DURO_FRESH_SECONDS: seconds(60),
    FLEXPRICE_FRESH_SECONDS: seconds(60),
    CHATDASH_FRESH_SECONDS: seconds(60),
    DURO_BEHIND_SECONDS: seconds(10 * 60),
    FLEXPRICE_BEHIND_SECONDS: seconds(10 * 60),
    CHATDASH_BEHIND_SECONDS: seconds(10 * 60),
    DURO_STALE_SECONDS: seconds(WEEK),
    FLEXPRICE_STALE_SECONDS: seconds(WEEK),
    CHATDASH_STALE_SECONDS: seconds(WEEK),
    DURO_MAX_PER_SECOND: rate,
    FLEXPRICE_MAX_PER_SECOND: rate,
    CHATDASH_MAX_PER_SECOND: rate,
    PROVIDER_RETRIES: z.coerce.number({ error: 'must be a number of tries' }).int().min(0).max(10).default(2),
    PROVIDER_BREAKER: z.enum(['0', '1'], { error: 'must be 0 or 1' }).default('1'),
    PROVIDER_DEADLINE_MS: z.coerce
      .number({ error: 'must be a number of milliseconds' })
      .int()
      .min(1)
      .max(50_000, 'must be at most 50000')
      .default(5000),
    REDEEM_STALE_SECONDS: seconds(0),
    SYNC_SECONDS: seconds(15 * 60),
    CORS_ORIGINS: z
      .string()
      .default('')
      .transform((text) =>
        text
          .split(',')
          .map((origin) => origin.trim())
          .filter((origin) => origin !== ''),
      )
      .refine((origins) => origins.every(isOrigin), 'must be origins such as https://shop.example, or *'),
    MAX_BODY_BYTES: atLeast(1, 1_000_000),
    MAX_DEPTH: atLeast(1, 15),
    MAX_ALIASES: atLeast(0, 50),
    MAX_DIRECTIVES: atLeast(0, 50),
    MAX_TOKENS: atLeast(1, 2000),
    MAX_COST: atLeast(1, 10_000),
    MAX_IN_FLIGHT: atLeast(1, 1000),
    REQUEST_DEADLINE_MS: atLeast(1, 30_000),
    GRAPHIQL: z.enum(['0', '1'], { error: 'must be 0 or 1' }).default('1'),
    INTROSPECTION: z.enum(['0', '1'], { error: 'must be 0 or 1' }).default('1'),
    TRUSTED_DOCUMENTS: z.string().optional(),
    TRUSTED_DOCUMENTS_ONLY: z.enum(['0', '1'], { error: 'must be 0 or 1' }).default('0'),
  })
  .refine((given) => given.TRUSTED_DOCUMENTS_ONLY === '0' || given.TRUSTED_DOCUMENTS !== undefined, {
    path: ['TRUSTED_DOCUMENTS_ONLY'],
    error: 'needs TRUSTED_DOCUMENTS',
  });

function isOrigin(text: string): boolean {
  return text === '*' || (URL.canParse(text) && new URL(text).origin === text);
}

/** The only reader of the environment. */
export function environment(): Environment {
  // What is set to nothing is not set.
  return Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== ''));
}

/** @throws {ConfigError} naming every problem at once */
export function readConfig(variables: Environment): Config {
  const parsed = settings.safeParse(variables);
  const providers = Object.values(registry).flatMap(({ settings, webhooks }) =>
    [settings, ...(webhooks ? [webhooks] : [])].map((schema) => schema.safeParse(variables)),
  );
  const issues = [parsed, ...providers].flatMap(({ error }) => error?.issues ?? []);
  if (!parsed.success || issues.length > 0) throw new ConfigError(issues);
  const { data } = parsed;
  const hasKey = PROVIDERS.some((name) => variables[`${PREFIX[name]}_API_KEY`]);
  return {
    host: data.HOST,
    port: data.PORT,
    databaseFile: data.DATABASE_URL,
    sandbox: data.SANDBOX ? data.SANDBOX === '1' : !hasKey && data.NODE_ENV !== 'production',
    ages: {
      DURO: agesOf(data.DURO_FRESH_SECONDS, data.DURO_BEHIND_SECONDS, data.DURO_STALE_SECONDS),
      FLEXPRICE: agesOf(data.FLEXPRICE_FRESH_SECONDS, data.FLEXPRICE_BEHIND_SECONDS, data.FLEXPRICE_STALE_SECONDS),
      STRIPE_CONNECT: agesOf(data.CHATDASH_FRESH_SECONDS, data.CHATDASH_BEHIND_SECONDS, data.CHATDASH_STALE_SECONDS),
    },
    maxPerSecond: {
      DURO: data.DURO_MAX_PER_SECOND,
      FLEXPRICE: data.FLEXPRICE_MAX_PER_SECOND,
      STRIPE_CONNECT: data.CHATDASH_MAX_PER_SECOND,
    },
    guard: { retries: data.PROVIDER_RETRIES, breaks: data.PROVIDER_BREAKER === '1' },
    syncEvery: data.SYNC_SECONDS,
    providerDeadline: data.PROVIDER_DEADLINE_MS,
    redeemStaleFor: data.REDEEM_STALE_SECONDS,
    corsOrigins: data.CORS_ORIGINS,
    trustedDocuments: data.TRUSTED_DOCUMENTS,
    trustedDocumentsOnly: data.TRUSTED_DOCUMENTS_ONLY === '1',
    limits: {
      body: data.MAX_BODY_BYTES,
      depth: data.MAX_DEPTH,
      aliases: data.MAX_ALIASES,
      directives: data.MAX_DIRECTIVES,
      tokens: data.MAX_TOKENS,
      cost: data.MAX_COST,
      introspection: data.INTROSPECTION === '1',
      inFlight: data.MAX_IN_FLIGHT,
    },
    requestDeadline: data.REQUEST_DEADLINE_MS,
    graphiql: data.GRAPHIQL === '1',
  };
}

/** What is served longer without asking than behind it, or longer behind than while the provider is down, is so there too. */
function agesOf(fresh: number, behind: number, stale: number): Ages {
  return { fresh, behind: Math.max(fresh, behind), stale: Math.max(fresh, behind, stale) };
}

/** The providers whose key is set. */
export function configuredProviders(variables: Environment): ConfiguredProvider[] {
  return Object.values(registry).flatMap((definition) => configure(definition, variables) ?? []);
}

function configure<Settings>(
  definition: ProviderDefinition<Settings>,
  variables: Environment,
): ConfiguredProvider | undefined {
  const parsed = definition.settings.parse(variables);
  if (parsed === undefined) return undefined;
  const { name, title } = definition;
  const readWebhook = definition.webhooks?.parse(variables);
  return { name, title, readWebhook, connect: (options) => definition.connect(parsed, options) };
}
