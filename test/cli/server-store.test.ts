import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/postgres/test-database.ts';
import { runCommand } from '../support/processes/run-command.ts';
import { type RunningGateway, startGateway } from '../support/start-gateway.ts';

const PASSWORD = 'not+to/be%20seen';

const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-server-store-'));
let database: TestDatabase;
let gateway: RunningGateway;
beforeAll(async () => {
  database = await createDatabase();
  const address = new URL(database.url);
  address.password = PASSWORD;
  gateway = await startGateway({ settings: { DATABASE_URL: address.href } });
});
afterAll(async () => {
  await gateway.stop();
  await database.drop();
  rmSync(folder, { recursive: true });
});

/** Runs a command beside the gateway, on its store. The password is not printed. */
async function command(name: string, parameters: string[], variables = gateway.variables) {
  const result = await runCommand(name, parameters, variables);
  expect(result.out + result.error).not.toContain(PASSWORD.slice(0, 8));
  return result;
}

async function redeem(code: string, orders: readonly string[]): Promise<void> {
  await gateway.run(
    `mutation { createPromoCode(input: { provider: DURO, code: "${code}", discount: { percentage: "10" } }) { __typename } }`,
  );
  for (const id of orders) {
    await gateway.run('mutation ($input: RedeemPromoCodeInput!) { redeemPromoCode(input: $input) { __typename } }', {
      input: { code, order: { id }, idempotencyKey: `redeem-${id}` },
    });
  }
}

it('npm run backup prints the command of the server, without the password, and ends with 2', async () => {
  const target = join(folder, "it's a copy.dump");
  const { code, out, error } = await command('backup', [target]);
  expect([code, error]).toEqual([2, expect.stringMatching(/^No copy was made: .*\n$/)]);
  const { username, host, pathname } = new URL(database.url);
  expect(out).toMatch(/^pg_dump --format=custom --file='.*' --dbname=\S+\n$/);
  // As a shell reads it.
  const { stdout } = await promisify(execFile)('sh', ['-c', out.replace('pg_dump', "printf '%s\\n'")]);
  expect(stdout.split('\n')).toEqual([
    '--format=custom',
    `--file=${target}`,
    `--dbname=postgres://${username}@${host}${pathname}`,
    '',
  ]);
  expect(existsSync(target)).toBe(false);
});

it('npm run export writes the ledger of a server', async () => {
  const from = new Date(gateway.now()).toISOString();
  await redeem('SERVED', ['one', 'two', 'three']);
  const { code, out } = await command('export', ['redemptions', '--since', from]);
  expect(code).toBe(0);
  const [, ...lines] = out.trim().split('\r\n');
  expect(lines.map((line) => line.split(',')[7])).toEqual(['one', 'two', 'three']);
});

it('npm run recover and npm run sync work on a server', { timeout: 60_000 }, async () => {
  gateway.flexprice.fail({ kind: 'hang-up', commit: true, method: 'POST', path: /coupons$/ });
  const input = { provider: 'FLEXPRICE', code: 'FOUND', discount: { percentage: '10' } };
  await gateway.run('mutation ($input: CreatePromoCodeInput!) { createPromoCode(input: $input) { __typename } }', {
    input,
  });
  expect(await command('recover', [])).toMatchObject({ code: 0, out: expect.stringMatching(/^finished .*FOUND/) });
  expect(await command('sync', [])).toMatchObject({ code: 0, out: expect.stringMatching(/^FLEXPRICE .*, done$/m) });
});

it('npm run migrate-store copies a store that no gateway has open, and says what it copied', async () => {
  const target = join(folder, 'moved.db');
  const migrate = () => command('migrate-store', [gateway.variables.DATABASE_URL, `file:${target}`]);
  await gateway.run('{ promoCodes { totalCount } }');
  const { pathname, host } = new URL(database.url);
  const name = `postgres://${host}${pathname}`;
  expect(await migrate()).toEqual({
    code: 1,
    out: '',
    error: `Nothing was copied: a gateway has ${name} open: stop it first\n`,
  });
  const { code, error } = await command('migrate-store', ['mysql://user:secret@host/name', target]);
  expect([code, error]).toEqual([1, expect.stringMatching(/^Nothing was copied: FROM must be .*\n$/)]);
  expect(await command('migrate-store', [target])).toMatchObject({ code: 1, error: expect.stringMatching(/FROM TO/) });

  await gateway.gateway.store.close();
  const { out } = await migrate();
  expect(out).toMatch(/^redemptions: 3 rows$/m);
  expect(out).toContain(`${target} now has everything of ${name}.\n`);
  const exported = (url: string) =>
    command('export', ['redemptions'], { ...gateway.variables, DATABASE_URL: url }).then(({ out }) => out);
  expect(await exported(target)).toBe(await exported(gateway.variables.DATABASE_URL));
});
