import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/store.ts';
import { runCommand } from '../support/processes/run-command.ts';
import { type RunningGateway, startGateway } from '../support/start-gateway.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-data-'));
let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(async () => {
  await gateway.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a command beside the gateway, on its store. */
function command(name: string, parameters: string[], settings: Record<string, string> = gateway.variables) {
  return runCommand(name, parameters, settings);
}

async function create(code: string): Promise<void> {
  await gateway.run(
    `mutation { createPromoCode(input: { provider: DURO, code: "${code}", discount: { percentage: "10" } }) { __typename } }`,
  );
}

async function redeem(code: string, input: Record<string, unknown>): Promise<void> {
  await gateway.run('mutation ($input: RedeemPromoCodeInput!) { redeemPromoCode(input: $input) { __typename } }', {
    input: { code, ...input },
  });
}

describe('npm run backup', { timeout: 60_000 }, () => {
  it('copies the store at one moment while a gateway continues to write', async () => {
    await create('COPIED');
    const target = join(folder, 'copy.db');
    let [made, isDone] = [0, false];
    const going = (async () => {
      while (!isDone) {
        made += 1;
        await redeem('COPIED', { idempotencyKey: `copied-${made}` });
      }
    })();
    while (made < 20) await gateway.run('{ __typename }');
    const { code, out } = await command('backup', [target]);
    isDone = true;
    await going;
    expect([code, out]).toEqual([0, expect.stringMatching(/copy\.db: \d+ bytes/)]);

    const copy = await openStore(target);
    const now = gateway.now();
    const [promoCode] = await copy.promotions.findByCode('COPIED', {}, now);
    const { rows } = await copy.redemptionList.count({ promotionId: promoCode?.id }, now);
    expect(promoCode?.redeemedCount).toBe(rows);
    expect(promoCode?.redeemedCount).toBeGreaterThanOrEqual(19);
    await copy.close();
  });

  it('says so if the folder for the copy does not exist', async () => {
    expect(await command('backup', [join(folder, 'absent/copy.db')])).toEqual({
      code: 1,
      out: '',
      error: `No copy was made: the folder ${join(folder, 'absent')} does not exist\n`,
    });
  });

  it('overwrites no file, and creates none if there is nothing to copy', async () => {
    const target = join(folder, 'precious.txt');
    writeFileSync(target, 'precious');
    expect(await command('backup', [target])).toMatchObject({
      code: 1,
      error: `No copy was made: ${target} already exists\n`,
    });
    expect(readFileSync(target, 'utf8')).toBe('precious');

    const nowhere = { ...gateway.variables, DATABASE_URL: join(folder, 'nowhere.db') };
    const other = join(folder, 'other.db');
    expect(await command('backup', [other], nowhere)).toMatchObject({
      code: 1,
      error: expect.stringContaining('There is no store at'),
    });
    expect([existsSync(other), existsSync(nowhere.DATABASE_URL)]).toEqual([false, false]);
    expect(await command('backup', [])).toMatchObject({ code: 1, error: 'npm run backup -- FILE\n' });
  });

  it('accepts a file: URL in DATABASE_URL, and rejects other schemes in one line, as the gateway does', async () => {
    const file = pathToFileURL(gateway.variables.DATABASE_URL).href;
    const target = join(folder, 'by-url.db');
    expect(await command('backup', [target], { ...gateway.variables, DATABASE_URL: file })).toMatchObject({ code: 0 });
    expect(existsSync(target)).toBe(true);
    for (const name of ['backup', 'export', 'recover', 'sync', 'main']) {
      const parameters = name === 'export' ? ['redemptions'] : name === 'backup' ? [join(folder, 'none.db')] : [];
      const settings = { ...gateway.variables, DATABASE_URL: 'mysql://user:secret@db.example/gateway' };
      const { code, error } = await command(name, parameters, settings);
      expect(code).toBe(1);
      expect(error.match(/DATABASE_URL: .*mysql: is not supported/g)).toHaveLength(1);
      expect(error).not.toMatch(/secret|\n +at /);
    }
    expect(existsSync(join(ROOT, 'file:.'))).toBe(false);
  });

  it('leaves no partial copy if the file is not a store', async () => {
    const broken = { ...gateway.variables, DATABASE_URL: join(folder, 'broken.db') };
    writeFileSync(broken.DATABASE_URL, 'not a database, and long enough to be looked at as one'.repeat(100));
    const target = join(folder, 'half.db');
    expect(await command('backup', [target], broken)).toMatchObject({
      code: 1,
      error: expect.stringContaining('not a database'),
    });
    expect(existsSync(target)).toBe(false);
  });
});

it('a command whose server cannot be reached ends with one line, without the password', {
  timeout: 60_000,
}, async () => {
  const settings = { ...gateway.variables, DATABASE_URL: 'postgres://user:secret@127.0.0.1:9/gateway' };
  for (const name of ['export', 'recover', 'sync', 'main']) {
    const failed = await command(name, name === 'export' ? ['redemptions'] : [], settings);
    expect(failed).toEqual({ code: 1, out: '', error: expect.stringMatching(/: its server cannot be reached\n$/) });
    expect(failed.error).not.toMatch(/secret|\n./);
  }
});

describe('npm run export', { timeout: 60_000 }, () => {
  const since = () => new Date(gateway.now()).toISOString();

  it('writes the ledger as CSV without formulas', async () => {
    await create('EXPORTED');
    gateway.advance(1000);
    const from = since();
    await redeem('EXPORTED', { customerId: '=HYPERLINK("x")', order: { id: 'a,"b"' }, idempotencyKey: 'export-1' });
    gateway.advance(1000);
    await redeem('EXPORTED', {
      customerId: '@SUM(1)',
      order: { id: '+1', amount: { minorUnits: 5000, currency: 'NGN' } },
      idempotencyKey: 'export-2',
    });
    const { code, out } = await command('export', ['redemptions', '--since', from]);
    expect(code).toBe(0);
    const [header, first, second, ...rest] = out.split('\r\n');
    expect(header).toBe(
      'id,status,provider,account,code,promotionId,customerId,orderId,orderMinorUnits,orderCurrency,discountMinorUnits,discountCurrency,subscriptionId,countedByProvider,cancelReason,createdAt,redeemedAt,cancelledAt,caller',
    );
    expect(first).toContain(`REDEEMED,DURO,default,EXPORTED,`);
    expect(first).toContain(`"'=HYPERLINK(""x"")","a,""b""",,,,,,no,,${from},`);
    expect(second).toContain(",'@SUM(1),'+1,5000,NGN,500,NGN,");
    expect([first, second].map((line) => line?.split(',').at(-1))).toEqual(['anonymous', 'anonymous']);
    expect(rest).toEqual(['']);
  });

  it('selects by the time of creation, with --since and --until', async () => {
    gateway.advance(1000);
    const from = since();
    await redeem('EXPORTED', { idempotencyKey: 'export-3' });
    gateway.advance(5000);
    await redeem('EXPORTED', { idempotencyKey: 'export-4' });
    const rows = async (...choices: string[]) =>
      (await command('export', ['redemptions', ...choices])).out.trim().split('\r\n').length - 1;
    expect(await rows('--since', from)).toBe(2);
    expect(await rows('--since', from, '--until', since())).toBe(1);
    expect(await rows('--since', '2999-12-31')).toBe(0);
  });

  it('selects by the time of redemption, so a checkout across midnight counts on the day it ended', async () => {
    await create('MIDNIGHT');
    const { holdPromoCode } = await gateway.run(
      `mutation { holdPromoCode(input: { code: "MIDNIGHT", order: { id: "spans" }, idempotencyKey: "export-5" }) {
        __typename ... on RedeemPayload { redemption { id } } } }`,
    );
    if (holdPromoCode?.__typename !== 'RedeemPayload') throw new Error('The code is not held');
    gateway.advance(1000);
    const midnight = since();
    await gateway.run('mutation ($id: ID!) { confirmRedemption(input: { id: $id }) { __typename } }', {
      id: holdPromoCode.redemption.id,
    });
    await redeem('MIDNIGHT', { order: { id: 'within' }, idempotencyKey: 'export-6' });
    gateway.advance(1000);
    const next = since();
    await redeem('MIDNIGHT', { order: { id: 'after' }, idempotencyKey: 'export-7' });
    const found = async (...choices: string[]) => {
      const { out } = await command('export', ['redemptions', ...choices]);
      return ['spans', 'within', 'after'].filter((order) => out.includes(`,${order},`));
    };
    expect(await found('--redeemed-since', midnight)).toEqual(['spans', 'within', 'after']);
    expect(await found('--redeemed-since', midnight, '--redeemed-until', next)).toEqual(['spans', 'within']);
    expect(await found('--redeemed-since', midnight, '--until', midnight)).toEqual(['spans']);
    expect(await found('--redeemed-until', midnight)).toEqual([]);
  });

  it('begins with a byte order mark only if --bom asks for it', async () => {
    const plain = await command('export', ['redemptions']);
    const marked = await command('export', ['redemptions', '--bom']);
    expect(plain.out.startsWith('id,status')).toBe(true);
    expect(marked.out).toBe(`\ufeff${plain.out}`);
    expect((await command('export', ['redemptions', '--bom', '--since', '2999-12-31'])).out).toMatch(
      /^\ufeffid,status/,
    );
  });

  it('writes the history of promotions as CSV, a row for each changed field', async () => {
    gateway.advance(1000);
    await create('CHANGED');
    gateway.advance(1000);
    const from = since();
    const { promoCodeByCode } = await gateway.run('{ promoCodeByCode(code: "CHANGED") { id } }');
    await gateway.run(
      `mutation ($id: ID!) {
        updatePromoCode(input: { id: $id, active: false, maxRedemptions: 7 }) { __typename } }`,
      { id: promoCodeByCode?.id },
    );
    gateway.advance(1000);
    const { code, out } = await command('export', ['history', '--since', from, '--until', since()]);
    expect(code).toBe(0);
    const [header, ...rows] = out.trim().split('\r\n');
    expect(header).toBe('promotionId,provider,account,code,name,at,kind,caller,requestId,field,before,after');
    const change = new RegExp(`^[^,]+,DURO,default,CHANGED,,${from},UPDATED,anonymous,[^,]+,`);
    expect(rows.map((row) => row.replace(change, ''))).toEqual(['active,true,false', 'maxRedemptions,,7']);
    const all = (await command('export', ['history'])).out;
    expect(all).toContain(`CREATED,anonymous,`);
    expect(all).toContain(`code,,"""CHANGED"""`);
  });

  it.each([
    [[], 'name a table: redemptions or history'],
    [['promotions'], 'there is no table promotions. Name redemptions or history'],
    [['redemptions', 'history'], 'name one table, not redemptions history'],
    [['history', '--redeemed-since', '2026-01-01'], '--redeemed-since and --redeemed-until are only for redemptions'],
    [
      ['redemptions', '--redeemed-since', 'yesterday'],
      '--redeemed-since must be like 2026-01-31 or 2026-01-31T12:00:00Z',
    ],
    [['redemptions', '--bom=yes'], "Option '--bom' does not take an argument"],
    [['redemptions', '--since', 'yesterday'], '--since must be like 2026-01-31 or 2026-01-31T12:00:00Z'],
    [['redemptions', '--from', '2026-01-01'], "Unknown option '--from'"],
  ])('says what is wrong, and how it is used, for %j', async (parameters, reason) => {
    const { code, out, error } = await command('export', parameters);
    expect([code, out]).toEqual([1, '']);
    const [line, blank, ...usage] = error.split('\n');
    expect(line).toContain(`Nothing was exported: ${reason}`);
    expect([blank, usage[0]]).toEqual(['', expect.stringContaining('npm run export -- TABLE')]);
  });
});
