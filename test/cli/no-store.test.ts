import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/postgres/test-database.ts';
import { runCommand } from '../support/processes/run-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-no-store-'));
const places = {
  'is missing': join(folder, 'missing/gateway.db'),
  'is empty': join(folder, 'empty.db'),
  'is no database': join(folder, 'text.db'),
  'is a database of another program': join(folder, 'other.db'),
};
let database: TestDatabase;
beforeAll(async () => {
  writeFileSync(places['is empty'], '');
  writeFileSync(places['is no database'], 'Not a database, but long enough to be read as one. '.repeat(100));
  new Sqlite(places['is a database of another program']).exec('CREATE TABLE promotions (name TEXT)').close();
  database = await createDatabase('bare');
});
afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true });
});

/** The commands on a store, with their arguments. */
const COMMANDS: [string, string[]][] = [
  ['recover', []],
  ['recover', ['write', 'not-made']],
  ['sync', []],
  ['forget-customer', ['nobody', '--yes']],
  ['export', ['redemptions']],
  ['backup', [join(folder, 'made/copy.db')]],
];

/** Every command without a file, and one with each kind of file. */
const ON_FILES = COMMANDS.flatMap(([name, parameters], index) =>
  Object.entries(places)
    .slice(0, index === 0 ? undefined : 1)
    .map(([state, file]) => ({ name, parameters, state, file })),
);

describe('a command', () => {
  mkdirSync(join(folder, 'made'), { recursive: true });

  it.each(ON_FILES)('changes nothing if its file $state: npm run $name $parameters', async (use) => {
    const { name, parameters, file } = use;
    const before = existsSync(file) ? readFileSync(file, 'utf8') : null;
    const { code, out, error } = await runCommand(name, parameters, { DATABASE_URL: file });
    expect([code, out, error]).toEqual([1, '', expect.stringContaining(`There is no store at ${file}`)]);
    expect(error).toMatch(/^[^\n]+\n$/);
    expect(existsSync(file) ? readFileSync(file, 'utf8') : null).toBe(before);
    expect(readdirSync(folder).sort()).toEqual(['empty.db', 'made', 'other.db', 'text.db']);
    expect(readdirSync(join(folder, 'made'))).toEqual([]);
  });
});

const ON_A_SERVER = COMMANDS.filter(([name]) => name !== 'backup');

it.each(ON_A_SERVER)('npm run %s %j creates no store in an empty database on a server', async (name, parameters) => {
  const { code, out, error } = await runCommand(name, parameters, { DATABASE_URL: database.url });
  expect([code, out, error]).toEqual([1, '', expect.stringMatching(/: There is no store at \S+\n$/)]);
});
