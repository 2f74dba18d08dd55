import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const FOLDER = new URL('.', import.meta.url).pathname;
const SCHEMA = join(FOLDER, '../../schema.graphql');
const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-tools-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a program and returns its exit code and output. */
function run(program: string, words: string[], cwd = FOLDER) {
  const { status, stdout, stderr } = spawnSync(program, words, { cwd, encoding: 'utf8' });
  return { status, printed: `${stdout}${stderr}` };
}
const bin = (name: string) => join(FOLDER, 'node_modules/.bin', name);

it("Relay's compiler accepts the schema: connections, refetching by node, unions and subscriptions", () => {
  mkdirSync(join(FOLDER, 'relay/__generated__'), { recursive: true });
  const { status, printed } = run(process.execPath, [bin('relay-compiler'), 'relay.config.json', '--noWatchman']);
  expect(printed).toContain('Done');
  expect(status).toBe(0);
});

it('every element of the schema has a description, and a name in the style of GraphQL and Relay', () => {
  const words = ['--config', join(FOLDER, 'eslint.config.js'), 'schema.graphql'];
  expect(run(process.execPath, [bin('eslint'), ...words], join(FOLDER, '../..'))).toEqual({ status: 0, printed: '' });
});

describe('npm run schema:diff', () => {
  const schema = readFileSync(SCHEMA, 'utf8');
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const diff = (released: string, current: string) =>
    run(process.execPath, ['schema-diff.ts', file('released.graphql', released), file('current.graphql', current)]);

  it('finds no unapproved break since the last release', () => {
    const { status, printed } = run(process.execPath, ['schema-diff.ts']);
    expect(printed).toContain('ProviderDefinedDiscount');
    expect(status).toBe(0);
  });

  it('passes an addition and fails for a removal', () => {
    const added = `${schema}\n"""New."""\ntype New {\n  """Its name."""\n  name: String\n}\n`;
    expect(diff(schema, added)).toMatchObject({ status: 0, printed: expect.stringContaining('Type New was added') });
    const broken = diff(schema, schema.replace(/heldCount: SafeInt!/g, 'heldCounted: SafeInt!'));
    expect(broken.printed).toMatch(/heldCount.*was removed/);
    expect(broken.status).toBe(1);
  });

  it('passes an approved break and no break like it', () => {
    const before = schema.replace(/(maxRedemptions|perCustomerLimit|\w+Count|remaining): SafeInt/g, '$1: Int');
    expect(diff(before, schema)).toMatchObject({
      status: 0,
      printed: expect.stringContaining('PromoCode.redeemedCount changed type from Int! to SafeInt!'),
    });
    expect(diff(schema.replace('minorUnits: SafeInt!', 'minorUnits: Int!'), schema).status).toBe(1);
  });
});
