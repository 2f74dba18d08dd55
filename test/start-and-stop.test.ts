import { existsSync, statSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Database } from '../src/store/database.ts';
import { type GatewayProcess, startProcess } from './gateway-process.ts';
import { type RunningGateway, startGateway } from './start-gateway.ts';

const PATIENCE = 60_000;

/* A gateway in a process of its own, on the providers of another that lends it these. */
let lender: RunningGateway;
let settings: Record<string, string>;
let file: string;
beforeEach(async () => {
  lender = await startGateway();
  file = `${lender.variables.DATABASE_URL}.own`;
  settings = { ...lender.variables, DATABASE_URL: file };
});
afterEach(() => lender.stop());

const create = (gateway: GatewayProcess) =>
  gateway.send(
    `mutation { createPromoCode(input: { provider: DURO, code: "STOP", discount: { percentage: "10" } }) {
      __typename ... on PromotionProviderError { kind } } }`,
  );

/** Waits until the process takes no more requests. */
async function untilClosed({ url }: GatewayProcess): Promise<void> {
  for (;;) {
    const answer = await fetch(new URL('/ready', url)).catch(() => null);
    if (!answer) return;
    await answer.text();
  }
}

async function untilAsked(calls: number): Promise<void> {
  while (lender.duro.calls.length < calls) await setImmediate();
}

describe('told to stop', { timeout: PATIENCE }, () => {
  it('it finishes what is under way, folds its log into the file and ends with 0', async () => {
    const gateway = await startProcess({ ...settings, PROVIDER_DEADLINE_MS: '1000' });
    lender.duro.fail({ kind: 'silence' });
    const answer = create(gateway);
    await untilAsked(1);
    const exit = gateway.end('SIGTERM');
    expect(await answer).toEqual({
      data: { createPromoCode: { __typename: 'PromotionProviderError', kind: 'TIMED_OUT' } },
    });
    expect(await exit).toBe(0);
    expect(existsSync(`${file}-wal`) ? statSync(`${file}-wal`).size : 0).toBe(0);
  });

  it('twice, it ends at once', async () => {
    const gateway = await startProcess(settings);
    lender.duro.fail({ kind: 'silence' });
    const cut = create(gateway).catch(() => 'cut');
    await untilAsked(1);
    const first = gateway.end('SIGTERM');
    await untilClosed(gateway);
    // Ended by the signal itself: there is no exit code.
    expect(await gateway.end('SIGTERM')).toBeNull();
    expect(await first).toBeNull();
    expect(await cut).toBe('cut');
  });
});

describe('it refuses to start, in one line, on', { timeout: PATIENCE }, () => {
  it('a store that a newer version has written', async () => {
    const database = await Database.open(file);
    database.sqlite.exec("INSERT INTO kysely_migration VALUES ('9999-later', '2999-01-01T00:00:00.000Z')");
    database.close();
    const why = 'The gateway cannot start: the store was written by a newer version of the gateway (9999-later)\n';
    await expect(startProcess(settings)).rejects.toThrow(why);
  });
});
