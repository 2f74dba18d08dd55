import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { schedule } from '../../../src/jobs/scheduler.ts';
import { storeProbe } from '../../../src/jobs/store-probe.ts';
import { createFile } from '../../store/test-stores.ts';
import { type RunningGateway, startGateway } from '../../support/start-gateway.ts';

let gateway: RunningGateway;
let other: Sqlite.Database;
beforeEach(async () => {
  gateway = await startGateway({ store: createFile, settings: { SYNC_SECONDS: '0' } });
  other = new Sqlite(gateway.variables.DATABASE_URL);
});
afterEach(async () => {
  other.close();
  await gateway.stop();
});

const ready = async () => (await fetch(new URL('/ready', gateway.url))).status;
const lock = () => other.exec('BEGIN IMMEDIATE');
const unlock = () => other.exec('ROLLBACK');

it('a thousand readiness probes do not access the store, even while it is locked', async () => {
  lock();
  const statuses = new Set<number>();
  for (let batch = 0; batch < 20; batch += 1) {
    for (const status of await Promise.all(Array.from({ length: 50 }, ready))) statuses.add(status);
  }
  expect([...statuses]).toEqual([200]);
  unlock();
});

it('readiness is lost when a background check finds the store locked, and recovers without a restart', async () => {
  const job = schedule([{ ...storeProbe(gateway.gateway, () => {}), pauseMs: 1 }], () => {});
  // 200 shows that the first probe has run.
  expect(await ready()).toBe(200);
  lock();
  while ((await ready()) !== 503);
  unlock();
  while ((await ready()) !== 200);
  await job.stop();
});

it('a write that fails because of the store makes the gateway not ready immediately', async () => {
  const { store } = gateway.gateway;
  lock();
  await expect(store.briefly(async () => {})).rejects.toThrow('database is locked');
  expect(await ready()).toBe(503);
  unlock();
  expect(await ready()).toBe(503);
  await store.probe();
  expect(await ready()).toBe(200);
});
