import { globSync } from 'node:fs';
import { readConfig } from '../../src/config/config.ts';
import * as registry from '../../src/providers/index.ts';
import { ROOT, read } from './pages.ts';

export const DEFINITIONS = Object.values(registry);

/** Every provider switched on, its webhooks too. */
export const SWITCHED_ON: Record<string, string> = Object.assign(
  {},
  ...DEFINITIONS.map(({ prefix, keyVariable, simulatorVariables, webhooks }) => ({
    [keyVariable]: 'sk_test_key',
    ...simulatorVariables,
    ...(webhooks && { [`${prefix}_WEBHOOK_SECRET`]: 'whsec_c2VjcmV0' }),
  })),
);

/** The variables that the code reads, old names of renamed ones included. */
export function knownVariables(): Set<string> {
  const seen = new Set<string>();
  const env = new Proxy<Record<string, string>>(SWITCHED_ON, {
    get(target, name) {
      if (typeof name === 'string' && /^[A-Z][A-Z_]+$/.test(name)) seen.add(name);
      return Reflect.get(target, name);
    },
  });
  readConfig(env);
  for (const name of variablesOfProviders()) seen.add(name);
  return seen;
}

/** The variables that the folders of the providers define for themselves. */
function variablesOfProviders(): string[] {
  return globSync('src/providers/*/index.ts', { cwd: ROOT })
    .flatMap((file) => [...read(file).matchAll(/^ +([A-Z]+_[A-Z_]+): /gm)])
    .map(([, name = '']) => name);
}
