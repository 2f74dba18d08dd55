import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const FOLDER = new URL('.', import.meta.url).pathname;
const SCHEMA = join(FOLDER, '../../schema.graphql');
const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-tools-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a program and gives how it ended and what it printed. */
function run(program: string, words: string[], cwd = FOLDER) {
  const { status, stdout, stderr } = spawnSync(program, words, { cwd, encoding: 'utf8' });
  return { status, printed: `${stdout}${stderr}` };
}
const bin = (name: string) => join(FOLDER, 'node_modules/.bin', name);

it("Relay's compiler accepts the schema: connections, refetching by node, unions, live queries", () => {
  mkdirSync(join(FOLDER, 'relay/__generated__'), { recursive: true });
  const { status, printed } = run(process.execPath, [bin('relay-compiler'), 'relay.config.json', '--noWatchman']);
  expect(printed).toContain('Done');
  expect(status).toBe(0);
});

describe('the schema is well kept', () => {
  const lint = (schema: string) =>
    run(process.execPath, [bin('eslint'), '--config', join(FOLDER, 'eslint.config.js'), schema], join(FOLDER, '../..'));

  it('everything in it is described, and named as GraphQL and Relay name things', () => {
    expect(lint('schema.graphql')).toEqual({ status: 0, printed: '' });
  });
});

describe('schema:diff', () => {
  const git = (...words: string[]) =>
    run('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.com', ...words], folder);
  const diff = () => run(process.execPath, ['schema-diff.ts', folder]);

  it('has nothing to say before the first release', () => {
    git('init');
    copyFileSync(SCHEMA, join(folder, 'schema.graphql'));
    git('add', '.');
    git('commit', '--message', 'first');
    expect(diff()).toMatchObject({ status: 0, printed: expect.stringContaining('Nothing has been released yet') });
  });

  it('passes what is added and fails for what is taken away, since the last tag', () => {
    git('tag', 'v1.0.0');
    expect(diff()).toMatchObject({ status: 0, printed: expect.stringContaining('v1.0.0') });
    const schema = readFileSync(SCHEMA, 'utf8');
    writeFileSync(
      join(folder, 'schema.graphql'),
      `${schema}\n"""New."""\ntype New {\n  """Its name."""\n  name: String\n}\n`,
    );
    expect(diff()).toMatchObject({ status: 0 });
    writeFileSync(join(folder, 'schema.graphql'), schema.replace(/heldCount: SafeInt!/g, 'heldCounted: SafeInt!'));
    const broken = diff();
    expect(broken.printed).toMatch(/heldCount.*was removed/);
    expect(broken.status).toBe(1);
  });

  it('passes a break that was decided on, and nothing beside it', () => {
    const schema = readFileSync(SCHEMA, 'utf8');
    const before = schema.replace(/(maxRedemptions|perCustomerLimit|\w+Count|remaining): SafeInt/g, '$1: Int');
    const release = (text: string, tag: string) => {
      writeFileSync(join(folder, 'schema.graphql'), text);
      git('commit', '--all', '--message', tag);
      git('tag', tag);
    };
    release(before, 'v2.0.0');
    writeFileSync(join(folder, 'schema.graphql'), schema);
    expect(diff()).toMatchObject({
      status: 0,
      printed: expect.stringContaining('PromoCode.redeemedCount changed type from Int! to SafeInt!'),
    });
    release(schema.replace('minorUnits: SafeInt!', 'minorUnits: Int!'), 'v3.0.0');
    writeFileSync(join(folder, 'schema.graphql'), schema);
    expect(diff().status).toBe(1);
  });
});
