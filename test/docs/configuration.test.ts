import { expect, it } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { DEFINITIONS, knownVariables, SWITCHED_ON } from './known-variables.ts';
import { read } from './pages.ts';

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
  return name.startsWith('*') ? DEFINITIONS.map(({ prefix }) => name.replace('*', prefix)) : [name];
}

/** Everything that the process reads from its environment. */
function readEverything(env: Record<string, string>) {
  return { config: readConfig(env), providers: DEFINITIONS.map(({ settings }) => settings.parse(env)) };
}

it('docs/configuration.md has every variable that the code reads, once, and no other', () => {
  const seen = knownVariables();
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
