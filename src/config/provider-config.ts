import { z } from 'zod';
import { KNOWN_PROVIDERS, PROVIDERS, type ProviderName } from '../domain/promotion/promotion.ts';
import type { CacheAges } from '../domain/provider/cache-ages.ts';
import type { ReadWebhook } from '../domain/provider/webhook-delivery.ts';
import type { Connection, ConnectOptions, Env, ProviderDefinition } from '../providers/definition.ts';
import * as registry from '../providers/index.ts';
import { problemsOf, seconds } from './env.ts';
import { renamedVariableProblems } from './renamed-variables.ts';

/** How the gateway treats one provider. */
export interface ProviderConfig extends CacheAges {
  /** Calls sent to the provider per second at most; 0: any number. */
  maxPerSecond: number;
}

/** A provider that is switched on. */
export interface ConfiguredProvider {
  name: ProviderName;
  title: string;
  /** Reads the provider's webhooks; undefined: their secret is not set. */
  readWebhook: ReadWebhook | undefined;
  connect(options: ConnectOptions): Connection;
}

const definitions = Object.values(registry);

/** Fails for a provider of the domain that the registry lacks. */
const oneEach = z.record(z.enum(PROVIDERS), z.custom<ProviderConfig>());

/** What is wrong with the variables of the providers, one line each. */
export function providerProblems(env: Env): string[] {
  return [
    ...renamedVariableProblems(
      env,
      definitions.map(({ prefix }) => prefix),
    ),
    ...definitions.flatMap((definition) => problemsWith(definition, env)),
  ];
}

/**
 * The configuration of every provider, switched on or not: promotions of both are in the store.
 *
 * @throws for variables of which {@link providerProblems} has something to say
 */
export function readProviderConfigs(env: Env): Record<ProviderName, ProviderConfig> {
  return oneEach.parse(
    Object.fromEntries(definitions.map((definition) => [definition.name, sharedVariables(definition).parse(env)])),
  );
}

/** The providers whose key is set. */
export function configuredProviders(env: Env): ConfiguredProvider[] {
  return definitions.flatMap((definition) => configure(definition, env) ?? []);
}

export function hasProviderKey(env: Env): boolean {
  return definitions.some(({ prefix }) => env[`${prefix}_API_KEY`]);
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

/** Reads the variables that every provider has. */
function sharedVariables({ prefix, defaults }: Pick<ProviderDefinition<unknown>, 'prefix' | 'defaults'>) {
  const shape = {
    MAX_AGE_SECONDS: seconds(defaults.maxAgeSeconds),
    STALE_WHILE_REVALIDATE_SECONDS: seconds(defaults.staleWhileRevalidateSeconds),
    STALE_IF_ERROR_SECONDS: seconds(defaults.staleIfErrorSeconds),
    MAX_PER_SECOND: z.coerce
      .number({ error: 'must be a number of calls' })
      .int()
      .min(0, 'must not be negative')
      .default(defaults.maxPerSecond),
  };
  const parsed = z.object(shape);
  return z.custom<Env>().transform((env, context): ProviderConfig => {
    const set = parsed.safeParse(
      Object.fromEntries(Object.keys(shape).map((name) => [name, env[`${prefix}_${name}`]])),
    );
    if (set.success) {
      return {
        ...ages(set.data.MAX_AGE_SECONDS, set.data.STALE_WHILE_REVALIDATE_SECONDS, set.data.STALE_IF_ERROR_SECONDS),
        maxPerSecond: set.data.MAX_PER_SECOND,
      };
    }
    for (const { path, message } of set.error.issues) {
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
