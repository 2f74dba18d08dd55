import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { isEnumType, isInputObjectType, isInterfaceType, isObjectType } from 'graphql';
import { expect, it } from 'vitest';
import { KNOWN_PROVIDERS, PROVIDERS } from '../src/domain/promotion/promotion.ts';
import { schema, schemaText } from '../src/graphql/schema.ts';
import * as registry from '../src/providers/index.ts';

const SRC = new URL('../src', import.meta.url).pathname;
const TEST = new URL('.', import.meta.url).pathname;

/** The layers, from the process down to the domain. A folder may import the folders after it, never those before it. */
const DIRECTION = [
  'main',
  'cli',
  'app',
  'open-gateway',
  'jobs',
  'simulators',
  'http',
  'graphql',
  'gateway',
  'config',
  'store',
  'providers',
  'telemetry',
  'auth',
  'domain',
];
/** Folders of the same layer: neither may import the other. */
const APART = [
  ['graphql', 'providers'],
  ['graphql', 'config'],
  ['graphql', 'store'],
  ['http', 'store'],
  ['jobs', 'store'],
  ['gateway', 'config'],
  ['gateway', 'providers'],
  ['store', 'providers'],
  ['domain', 'auth'],
];

/** A static or dynamic import of a file of this project. */
const IMPORT = /(?:(?:^(?:import|export) (type )?.*|^\} )from |\bimport\()'(\.{1,2}\/[^']+)'/gm;

const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const imports = sources.flatMap((file) =>
  [...readFileSync(join(SRC, file), 'utf8').matchAll(IMPORT)].map(([, type, target]) => ({
    file,
    from: place(file),
    to: place(relative(SRC, join(SRC, dirname(file), target ?? ''))),
    isType: type !== undefined,
  })),
);

function place(file: string): string {
  return file.split('/')[0]?.replace(/\.ts$/, '') ?? '';
}

it('imports run the way a request runs and never back', () => {
  const back = imports.filter(
    ({ from, to }) =>
      from !== to && from !== 'simulators' && to !== 'simulators' && DIRECTION.indexOf(from) >= DIRECTION.indexOf(to),
  );
  expect(back).toEqual([]);
  expect(imports.length).toBeGreaterThan(100);
});

it('folders of one level do not import each other', () => {
  expect(imports.filter(({ from, to }) => APART.some(([one, other]) => from === one && to === other))).toEqual([]);
});

it('simulators import nothing of the gateway but the domain', () => {
  expect(imports.filter(({ from, to }) => from === 'simulators' && to !== 'simulators' && to !== 'domain')).toEqual([]);
});

// A provider's definition knows how to start its simulator, so that a provider is one line of the registry. It imports
// the simulator when it starts it, so that a gateway in production never loads one.
it('only the process starts simulators, and only their definitions load them', () => {
  const users = imports.filter(({ from, to, isType }) => to === 'simulators' && from !== 'simulators' && !isType);
  expect(users.filter(({ from, file }) => from !== 'app' && !/^providers\/[^/]+\/index\.ts$/.test(file))).toEqual([]);
  const loadedEarly = users.filter(
    ({ from, file }) => from === 'providers' && /^import .*simulators/m.test(valueImports(file)),
  );
  expect(loadedEarly).toEqual([]);
  expect(users.length).toBeGreaterThan(3);
});

function valueImports(file: string): string {
  return readFileSync(join(SRC, file), 'utf8').replaceAll(/^import type .*$/gm, '');
}

// GraphiQL's example operations show what differs between providers, as the documentation does.
const NAMES_ALLOWED = /^(providers|simulators)\/|^http\/graphiql\/creation-tabs\.ts$/;

it('no provider is named outside of its folders, its simulator and the tuple of the domain', () => {
  const folders = Object.keys(registry);
  const titles = Object.values(KNOWN_PROVIDERS).map(({ title }) => title.split(' ')[0] ?? '');
  const prefixes = Object.values(registry).map(({ prefix }) => prefix);
  const names = new RegExp([...folders, ...titles, ...prefixes, ...PROVIDERS].join('|'), 'i');
  const naming = sources.flatMap((file) => {
    const text = readFileSync(join(SRC, file), 'utf8').replace(/^export const KNOWN_PROVIDERS = .*?^\}/ms, '');
    const lines = text.split('\n').filter((line) => names.test(line));
    return NAMES_ALLOWED.test(file) ? [] : lines.map((line) => `${file}: ${line.trim()}`);
  });
  expect(naming).toEqual([]);
  expect(names.test('The titles of Stripe')).toBe(true);
});

// The simulators keep their state in a database of their own.
const ENGINES_ALLOWED = /^(store\/engines|simulators)\//;

it('nothing outside of the engines names an engine', () => {
  const naming = sources.flatMap((file) => {
    const lines = readFileSync(join(SRC, file), 'utf8').split('\n');
    return ENGINES_ALLOWED.test(file) ? [] : lines.filter(namesEngine).map((line) => `${file}: ${line.trim()}`);
  });
  expect(naming).toEqual([]);
  expect(['SQLite answers', "from 'better-sqlite3'", 'a PostgreSQL server', "from 'pg'"].every(namesEngine)).toBe(true);
});

function namesEngine(line: string): boolean {
  return /sqlite|postgres|\bpg\b/i.test(line);
}

it('files of one name stand in sibling folders, where the name is a role', () => {
  const folders = Map.groupBy(sources, (file) => basename(file));
  const strangers = [...folders]
    .filter(([name]) => name !== 'index.ts')
    .filter(([, files]) => new Set(files.map((file) => dirname(dirname(file)))).size > 1);
  expect(strangers).toEqual([]);
});

it('no folder of the sources has more than 15 files, and no file more than 250 lines', () => {
  const folders = Map.groupBy(sources, (file) => dirname(file));
  const full = [...folders].filter(
    ([folder, files]) => folder !== 'store/engines/sqlite-migrations' && files.length > 15,
  );
  expect({ full, long: sources.filter((file) => isLong(join(SRC, file))) }).toEqual({ full: [], long: [] });
});

it('no file of the tests has more than 250 lines, except generated ones', () => {
  const tests = readdirSync(TEST, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !/(^|\/)(node_modules|generated|__generated__)\/|\.generated\./.test(file),
  );
  expect(tests.filter((file) => isLong(join(TEST, file)))).toEqual([]);
  expect(tests.length).toBeGreaterThan(200);
});

function isLong(path: string): boolean {
  return readFileSync(path, 'utf8').trimEnd().split('\n').length > 250;
}

it('only env.ts reads the environment of the process', () => {
  const readers = sources.filter((file) => readFileSync(join(SRC, file), 'utf8').includes('process.env'));
  expect(readers).toEqual(['config/env.ts']);
});

it('schema.graphql equals the served schema', () => {
  expect(readFileSync(join(SRC, '../schema.graphql'), 'utf8')).toBe(schemaText);
});

it('no interface field has a cost, because supergraph composers refuse it', () => {
  const interfaces = [...schemaText.matchAll(/^interface [^}]+}/gm)].map(([text]) => text);
  expect(interfaces.length).toBeGreaterThan(1);
  expect(interfaces.filter((text) => text.includes('@cost'))).toEqual([]);
});

it('every type, field, argument and value of the schema has a description', () => {
  // GraphQL and the federation specification describe their own types.
  const types = Object.values(schema.getTypeMap()).filter(
    ({ name }) => !name.startsWith('_') && !['Int', 'Float', 'String', 'Boolean', 'ID', 'FieldSet'].includes(name),
  );
  const silent = types.flatMap((type) => {
    const fields = isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [];
    const inputs = isInputObjectType(type) ? Object.values(type.getFields()) : [];
    const values = isEnumType(type) ? type.getValues() : [];
    const parts = [...fields, ...fields.flatMap(({ args }) => args), ...inputs, ...values];
    return [type, ...parts]
      .filter(({ name, description }) => !description && !name.startsWith('_') && name !== 'representations')
      .map(({ name }) => `${type.name}.${name}`);
  });
  expect(silent).toEqual([]);
  expect(types.length).toBeGreaterThan(60);
});
