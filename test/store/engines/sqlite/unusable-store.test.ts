import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqlite } from '../../../../src/store/engines/sqlite.ts';
import { documentOf } from '../../../support/mutations.ts';
import { type GatewayProcess, startProcess } from '../../../support/processes/gateway-process.ts';
import { createStop, lendProviders } from '../../../support/processes/lend-providers.ts';
import type { Json, RunningGateway } from '../../../support/start-gateway.ts';

let lender: RunningGateway;
let settings: Record<string, string>;
let file: string;
beforeEach(async () => {
  ({ lender, settings, file } = await lendProviders());
});
afterEach(() => lender.stop());

/** Opens the store as another program, and creates it if it is missing. */
async function openOther(): Promise<Sqlite.Database> {
  await (await openSqlite(file)).close();
  return new Sqlite(file);
}

describe('the gateway refuses to start with a one-line error on', () => {
  const refusal = (start = startProcess(settings)) =>
    start.then(
      () => 'It started',
      (error: Error) => error.message,
    );

  it('a store that a newer version has written', async () => {
    const other = await openOther();
    other.exec("INSERT INTO kysely_migration VALUES ('9999-later', '2999-01-01T00:00:00.000Z')");
    other.close();
    const why = 'The gateway cannot start: the store was written by a newer version of the gateway (9999-later)\n';
    expect(await refusal()).toBe(why);
  });

  it('a file that is not a store', async () => {
    writeFileSync(file, 'The quick brown fox jumps over the lazy dog. '.repeat(200));
    expect(await refusal()).toBe(`The gateway cannot start: the store ${file} cannot be used: it is no SQLite file\n`);
  });

  it('a store that is damaged', async () => {
    (await openOther()).close();
    const bytes = readFileSync(file);
    // Damages all but the first page, which identifies the file.
    bytes.fill(0x5a, 4096);
    writeFileSync(file, bytes);
    expect(await refusal()).toBe(
      `The gateway cannot start: the store ${file} cannot be used: it is damaged: put a backup in its place\n`,
    );
  });

  it('a store that another program keeps locked', async () => {
    const other = await openOther();
    other.pragma('locking_mode = EXCLUSIVE');
    other.exec('BEGIN IMMEDIATE');
    expect(await refusal()).toBe(
      `The gateway cannot start: the store ${file} cannot be used: another program keeps it locked\n`,
    );
    other.exec('ROLLBACK');
    other.close();
  });

  it('a folder where the file should be', async () => {
    mkdirSync(file);
    expect(await refusal()).toBe(`The gateway cannot start: the store ${file} cannot be used: it cannot be opened\n`);
  });

  it('a disk without room for it', async () => {
    const start = startProcess(settings, 'src/main.ts', { fileBlocks: 64 });
    expect(await refusal(start)).toMatch(/^The gateway cannot start: the store \S+ cannot be used: .* disk .*\n$/);
  });
});

describe('a store that cannot be written for a while', () => {
  const ready = async ({ url }: GatewayProcess) => (await fetch(new URL('/ready', url))).status;
  const health = async ({ url }: GatewayProcess) => (await fetch(new URL('/health', url))).status;

  it('makes the gateway not ready, which still answers reads and becomes ready again', async () => {
    const gateway = await startProcess(settings);
    expect((await createStop(gateway)).data.createPromoCode.__typename).toBe('CreatePromoCodePayload');
    expect(await ready(gateway)).toBe(200);
    const other = await openOther();
    other.exec('BEGIN IMMEDIATE');
    await gateway.logged(/The store cannot be written: another program keeps it locked/);
    expect(await ready(gateway)).toBe(503);
    expect(await health(gateway)).toBe(200);
    const read = await gateway.send('{ promoCodes { nodes { code } } }');
    expect(read.data.promoCodes.nodes).toEqual([{ code: 'STOP' }]);
    other.exec('ROLLBACK');
    other.close();
    await gateway.logged(/The store can be written/);
    expect(await ready(gateway)).toBe(200);
    expect(await gateway.end('SIGTERM')).toBe(0);
  });

  it('is reported as a full disk, and keeps everything that was acknowledged', async () => {
    const gateway = await startProcess(settings, 'src/main.ts', { fileBlocks: 4000 });
    const make = (number: number) =>
      gateway.send(documentOf('createPromoCode'), {
        input: { provider: 'DURO', code: `FULL-${number}`, discount: { percentage: '10' } },
      });
    const made: string[] = [];
    let failure: Json;
    while (!failure) {
      const { data, errors } = await make(made.length);
      if (errors) failure = errors[0];
      else if (data.createPromoCode.__typename === 'CreatePromoCodePayload') made.push(`FULL-${made.length}`);
    }
    expect(failure).toMatchObject({
      message: 'The gateway cannot do this right now',
      extensions: { code: 'UNAVAILABLE', retryable: true },
    });
    expect(await ready(gateway)).toBe(503);
    expect(await health(gateway)).toBe(200);
    await gateway.end('SIGKILL');
    const again = await startProcess(settings);
    const held = await again.send('query ($first: Int) { promoCodes(first: $first) { totalCount } }', { first: 1 });
    expect(held.data.promoCodes.totalCount).toBeGreaterThanOrEqual(made.length);
    expect((await createStop(again)).data.createPromoCode.__typename).toBe('CreatePromoCodePayload');
    expect(await again.end('SIGTERM')).toBe(0);
  });
});
