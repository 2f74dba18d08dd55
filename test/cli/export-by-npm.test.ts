import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { COMPILE_CACHE } from '../support/processes/compile-cache.ts';
import { type RunningGateway, startGateway } from '../support/start-gateway.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
const HEADER = /^id,status,provider,[^\n]+\r\n$/;

const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-export-'));
let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(async () => {
  await gateway.stop();
  rmSync(folder, { recursive: true });
});

/** Runs a line in a shell, as an operator would. */
function shell(line: string, settings = gateway.variables) {
  return new Promise<{ code: number; error: string }>((resolve) => {
    const { PATH } = process.env;
    const child = execFile(
      'sh',
      ['-c', line, 'sh', folder],
      { cwd: ROOT, env: { ...COMPILE_CACHE, ...settings, PATH, HOME: folder } },
      (_, _out, error) => resolve({ code: child.exitCode ?? -1, error }),
    );
  });
}

it('writes a new private file of CSV alone, whatever npm prints', async () => {
  expect(await shell('npm run export -- redemptions --output "$1/whole.csv"')).toMatchObject({ code: 0 });
  expect(readFileSync(join(folder, 'whole.csv'), 'utf8')).toMatch(HEADER);
  expect(statSync(join(folder, 'whole.csv')).mode & 0o777).toBe(0o600);
});

it('overwrites no file, and leaves none that is incomplete', async () => {
  const precious = join(folder, 'precious.csv');
  writeFileSync(precious, 'precious');
  const failed = await shell('npm run export -- redemptions --output "$1/precious.csv"');
  expect(failed).toMatchObject({ code: 1, error: expect.stringContaining('precious.csv already exists\n') });
  expect(readFileSync(precious, 'utf8')).toBe('precious');
  const nowhere = { ...gateway.variables, DATABASE_URL: join(folder, 'nowhere.db') };
  expect(await shell('npm run export -- redemptions --output "$1/none.csv"', nowhere)).toMatchObject({ code: 1 });
  expect(existsSync(join(folder, 'none.csv'))).toBe(false);
});

it('writes CSV alone to the standard output if npm is silent', async () => {
  expect(await shell('npm run --silent export -- redemptions > "$1/silent.csv"')).toEqual({ code: 0, error: '' });
  expect(readFileSync(join(folder, 'silent.csv'), 'utf8')).toMatch(HEADER);
});

it('adds no CSV to what npm has printed, and says what to do', async () => {
  const { code, error } = await shell('npm run export -- redemptions > "$1/mixed.csv"');
  expect([code, error]).toEqual([1, expect.stringMatching(/^Nothing was exported: .*--output FILE/)]);
  expect(readFileSync(join(folder, 'mixed.csv'), 'utf8')).not.toContain('id,status');
});
