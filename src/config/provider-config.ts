import { z } from 'zod';
import { KNOWN_PROVIDERS, PROVIDERS, type ProviderName } from '../domain/promotion/promotion.ts';
import type { CacheAges } from '../domain/provider/cache-ages.ts';
import type { ReadWebhook } from '../domain/provider/webhook-delivery.ts';
import type { Connection, ConnectOptions, Env, ProviderDefinition } from '../providers/definition.ts';
import * as registry from '../providers/index.ts';
import { problemsOf, secondsAsMs } from './env.ts';
import { renamedVariableProblems } from './renamed-variables.ts';
import { accountsReachedBy, sharedAccountProblems } from './shared-accounts.ts';

/** Cache ages and rate limit of one provider. */
export interface ProviderConfig extends CacheAges {
  /** Most calls per second to the provider; 0: no limit. */
  maxPerSecond: number;
}

/** A provider that is switched on: its API key is set. */
export interface ConfiguredProvider {
  name: ProviderName;
  title: string;
  /** Verifies and reads the provider's webhooks; undefined while their secret is not set. */
  readWebhook: ReadWebhook | undefined;
  connect(options: ConnectOptions): Connection;
}

const definitions = Object.values(registry);

/** Fails if the registry lacks a provider of the domain. */
const configPerProvider = z.record(z.enum(PROVIDERS), z.custom<ProviderConfig>());

/** One line per invalid variable of any provider. */
export function providerProblems(env: Env): string[] {
  return [
    ...renamedVariableProblems(
      env,
      definitions.map(({ prefix }) => prefix),
    ),
    ...definitions.flatMap((definition) => problemsWith(definition, env)),
    ...sharedAccountProblems(definitions.flatMap((definition) => accountsReachedBy(definition, env))),
  ];
}

/**
 * The configuration of every provider, switched off ones included: the store may have their promotions.
 *
 * @throws {z.ZodError} if {@link providerProblems} is not empty
 */
export function readProviderConfigs(env: Env): Record<ProviderName, ProviderConfig> {
  return configPerProvider.parse(
    Object.fromEntries(definitions.map((definition) => [definition.name, sharedVariables(definition).parse(env)])),
  );
}

/** The providers whose API key is set. */
export function configuredProviders(env: Env): ConfiguredProvider[] {
  return definitions.flatMap((definition) => configure(definition, env) ?? []);
}

/** Whether the API key of any provider is set. */
export function hasProviderKey(env: Env): boolean {
  return definitions.some(({ keyVariable }) => env[keyVariable]);
}

function problemsWith<Settings>(definition: ProviderDefinition<Settings>, env: Env): string[] {
  const { settings, webhooks } = definition;
  const schemas = [settings, ...(webhooks ? [webhooks] : []), sharedVariables(definition)];
  return schemas.flatMap((schema) => problemsOf(schema.safeParse(env)));
}

function configure<Settings>(definition: ProviderDefinition<Settings>, env: Env): ConfiguredProvider | undefined {
  const settings = definition.settings.parse(env);
  if (settings === undefined) return undefined;
  const { name } = definition;
  const readWebhook = definition.webhooks?.parse(env);
  const { title } = KNOWN_PROVIDERS[name];
  return { name, title, readWebhook, connect: (options) => definition.connect(settings, options) };
}

/** Parses the variables that every provider has, by the provider's prefix and defaults. */
function sharedVariables({ prefix, defaults }: Pick<ProviderDefinition<unknown>, 'prefix' | 'defaults'>) {
  const shape = {
    MAX_AGE_SECONDS: secondsAsMs(defaults.maxAgeSeconds),
    STALE_WHILE_REVALIDATE_SECONDS: secondsAsMs(defaults.staleWhileRevalidateSeconds),
    STALE_IF_ERROR_SECONDS: secondsAsMs(defaults.staleIfErrorSeconds),
    MAX_PER_SECOND: z.coerce
      .number({ error: 'must be a number of calls' })
      .int()
      .min(0, 'must not be negative')
      .default(defaults.maxPerSecond),
  };
  const parsed = z.object(shape);
  return z.custom<Env>().transform((env, context): ProviderConfig => {
    const result = parsed.safeParse(
      Object.fromEntries(Object.keys(shape).map((name) => [name, env[`${prefix}_${name}`]])),
    );
    if (result.success) {
      const { data } = result;
      return {
        ...ages(data.MAX_AGE_SECONDS, data.STALE_WHILE_REVALIDATE_SECONDS, data.STALE_IF_ERROR_SECONDS),
        maxPerSecond: data.MAX_PER_SECOND,
      };
    }
    for (const { path, message } of result.error.issues) {
      context.addIssue({ code: 'custom', path: [`${prefix}_${path.join('.')}`], message });
    }
    return z.NEVER;
  });
}

/** Raises each age so that `maxAge ≤ staleWhileRevalidate ≤ staleIfError`. */
function ages(maxAgeMs: number, staleWhileRevalidateMs: number, staleIfErrorMs: number): CacheAges {
  const revalidateMs = Math.max(maxAgeMs, staleWhileRevalidateMs);
  return { maxAgeMs, staleWhileRevalidateMs: revalidateMs, staleIfErrorMs: Math.max(revalidateMs, staleIfErrorMs) };
}
