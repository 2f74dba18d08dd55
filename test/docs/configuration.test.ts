import { globSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import * as registry from '../../src/providers/index.ts';
import { ROOT, read } from './pages.ts';

const definitions = Object.values(registry);
/** Every provider switched on, its webhooks too. */
const SWITCHED_ON: Record<string, string> = Object.assign(
  {},
  ...definitions.map(({ prefix, simulatorVariables, webhooks }) => ({
    [`${prefix}_API_KEY`]: 'key',
    ...simulatorVariables,
    ...(webhooks && { [`${prefix}_WEBHOOK_SECRET`]: 'whsec_c2VjcmV0' }),
  })),
);
const page = read('docs/configuration.md');
const [documented = '', renamed = ''] = page.split('## Renamed variables');

/** The rows of the page's tables: a variable and its default, null for none. */
const rows = [...documented.matchAll(/^\| `([A-Z_*]+)` \| (?:–|`([^`]+)`) \|/gm)].flatMap(
  ([, name = '', fallback = null]) => eachPrefix(name).map((variable) => ({ name: variable, fallback })),
);

/** The rows of the renamed variables: each old name, and what its new name ends with. */
const renames = [...renamed.matchAll(/^\| `([A-Z_*]+)` \| `\*?([A-Z_]+)` \|/gm)].flatMap(([, old = '', now = '']) =>
  eachPrefix(old).map((name) => ({ name, now })),
);

/** The variables that a name of the page stands for: a star is the prefix of every provider. */
function eachPrefix(name: string): string[] {
  return name.startsWith('*') ? definitions.map(({ prefix }) => name.replace('*', prefix)) : [name];
}

/** Everything that the process reads from its environment. */
function readEverything(env: Record<string, string>) {
  return { config: readConfig(env), providers: definitions.map(({ settings }) => settings.parse(env)) };
}

/** The variables that the folders of the providers define for themselves. */
function variablesOfProviders(): string[] {
  return globSync('src/providers/*/index.ts', { cwd: ROOT })
    .flatMap((file) => [...read(file).matchAll(/^ +([A-Z]+_[A-Z_]+): /gm)])
    .map(([, name = '']) => name);
}

it('docs/configuration.md has every variable that the code reads, once, and no other', () => {
  const seen = new Set<string>();
  const env = new Proxy<Record<string, string>>(SWITCHED_ON, {
    get(target, name) {
      if (typeof name === 'string' && /^[A-Z][A-Z_]+$/.test(name)) seen.add(name);
      return Reflect.get(target, name);
    },
  });
  readConfig(env);
  for (const name of variablesOfProviders()) seen.add(name);
  for (const { name } of renames) seen.delete(name);
  expect(rows.map(({ name }) => name).sort()).toEqual([...seen].sort());
  expect(rows.length).toBeGreaterThan(50);
});

it.each(rows.filter(({ fallback }) => fallback !== null))(
  '$name is $fallback when it is not set',
  ({ name, fallback }) => {
    expect(readEverything({ ...SWITCHED_ON, [name]: fallback ?? '' })).toEqual(readEverything(SWITCHED_ON));
  },
);

it.each(renames)('$name, which was renamed, is refused with its new name', ({ name, now }) => {
  expect(() => readConfig({ [name]: '1' })).toThrow(new RegExp(`^${name}: .*${now}`, 'm'));
});
