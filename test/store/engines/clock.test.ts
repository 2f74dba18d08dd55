import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readConfig } from '../../../src/config/config.ts';
import { openGateway } from '../../../src/open-gateway.ts';
import { LOCAL_CLOCK, type LocalClock } from '../../../src/store/engines/clock.ts';
import type { Engine } from '../../../src/store/engines/engine.ts';
import { openEngine } from '../../../src/store/engines/open-engine.ts';
import { openPostgres } from '../../../src/store/engines/postgres.ts';
import { storeOver } from '../../../src/store/store.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres/test-database.ts';
import { EVERYTHING } from '../store-parts.ts';
import { createFile, type TestStore } from '../test-stores.ts';

const HOUR_MS = 60 * 60 * 1000;

/** The clocks of a machine, of which one can be set and the other stopped. */
function machine(now: number): LocalClock & { time: number; passed: number } {
  const clock = { time: now, passed: 0, now: () => clock.time, elapsed: () => clock.passed };
  return clock;
}

describe('the clock of a store in a file', () => {
  let store: TestStore;
  let engine: Engine;
  const local = machine(1000 * HOUR_MS);
  beforeEach(async () => {
    store = await createFile();
    local.time = 1000 * HOUR_MS;
    engine = await openEngine(store.address, () => {}, local);
  });
  afterEach(async () => {
    await engine.close();
    await store.remove();
  });

  it('stands still while the clock of the machine is put back a little', () => {
    const before = engine.clock();
    local.time -= 3000;
    expect(engine.clock()).toBe(before);
    local.time += 2999;
    expect(engine.clock()).toBe(before);
    local.time += 2;
    expect(engine.clock()).toBe(before + 1);
  });

  it('goes on at once when a clock that was far ahead is put right', () => {
    const right = engine.clock();
    local.time += HOUR_MS;
    expect(engine.clock()).toBe(right + HOUR_MS);
    local.time = right + 1;
    expect(engine.clock()).toBe(right + 1);
    local.time += 1;
    expect(engine.clock()).toBe(right + 2);
  });
});

describe('the clock of a store on a server', () => {
  let database: TestDatabase;
  const engines: Engine[] = [];
  beforeEach(async () => {
    database = await createDatabase();
  });
  afterEach(async () => {
    vi.useRealTimers();
    await Promise.all(engines.splice(0).map((engine) => engine.close()));
    await database.drop();
  });

  async function open(local: LocalClock): Promise<Engine> {
    const engine = await openPostgres({ url: database.url, local, poolSize: 2 });
    engines.push(engine);
    return engine;
  }

  async function serverTime(engine: Engine): Promise<number> {
    const time = sql<{ at: number }>`select extract(epoch from clock_timestamp()) * 1000 as at`;
    return (await time.execute(engine.reads)).rows[0]?.at ?? 0;
  }

  it('is the time of the server, however wrong the clocks of the machines are', async () => {
    const ahead = await open({ now: () => Date.now() + HOUR_MS, elapsed: () => performance.now() + HOUR_MS });
    const behind = await open({ now: () => Date.now() - HOUR_MS, elapsed: () => performance.now() - HOUR_MS });
    for (const engine of [ahead, behind]) {
      const before = await serverTime(engine);
      const read = engine.clock();
      const after = await serverTime(engine);
      // The server's clock and the way to it are not exact, but far better than an hour.
      expect(read).toBeGreaterThan(before - HOUR_MS / 60);
      expect(read).toBeLessThan(after + HOUR_MS / 60);
    }
  });

  it('does not follow the clock of the machine when somebody sets it', async () => {
    const local = { ...machine(0), elapsed: LOCAL_CLOCK.elapsed };
    const engine = await open(local);
    const before = engine.clock();
    local.time = 9000 * HOUR_MS;
    expect(engine.clock()).toBeLessThan(before + HOUR_MS);
  });

  it('goes on between two measurements as the time of the machine passes', async () => {
    const local = machine(0);
    const engine = await open(local);
    const before = engine.clock();
    local.passed += 1234;
    expect(engine.clock()).toBe(before + 1234);
  });

  it('is put right by each probe', async () => {
    const local = machine(0);
    const engine = await open(local);
    // The machine was asleep, and its clock has not moved meanwhile. Or it has run wild.
    local.passed += HOUR_MS;
    const wrong = engine.clock();
    await engine.probe();
    expect(engine.clock()).toBeLessThan(wrong);
    const right = engine.clock();
    local.passed -= HOUR_MS;
    await engine.probe();
    expect(engine.clock()).toBeGreaterThanOrEqual(right);
    expect(engine.clock()).toBeLessThan(wrong);
  });

  it('stays when a slow measurement does not contradict it', async () => {
    const local = machine(0);
    let slownessMs = 0;
    const elapsed = () => {
      const { passed } = local;
      local.passed += slownessMs;
      return passed;
    };
    const engine = await open({ now: local.now, elapsed });
    const before = engine.clock();
    slownessMs = 60_000;
    await engine.probe();
    slownessMs = 0;
    // The moment when the measurement began.
    local.passed = 0;
    expect(engine.clock()).toBe(before);
  });

  it('lets processes whose machines have different times agree about a lease', async () => {
    const [ahead, behind] = await Promise.all(
      [HOUR_MS, -HOUR_MS].map(async (error) =>
        storeOver(await open({ now: () => Date.now() + error, elapsed: () => performance.now() + error })),
      ),
    );
    const call = { caller: 'shop', key: 'key', mutation: 'redeemPromoCode', inputHash: 'hash', ...EVERYTHING };
    await ahead?.idempotencyKeys.claim(call, 'DURO', ahead.clock);
    expect(await behind?.idempotencyKeys.state(call, behind.clock())).toMatchObject({ kind: 'IN_PROGRESS' });
  });

  it('ends the windows of limits, whatever the clock of the machine says', async () => {
    const limiter = (await open(LOCAL_CLOCK)).limiter('test', { points: 5, seconds: 60 });
    await limiter.penalty('key');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + HOUR_MS });
    await limiter.penalty('key', 2);
    expect(await limiter.get('key')).toMatchObject({ consumedPoints: 3 });
    expect((await limiter.get('key'))?.msBeforeNext).toBeLessThanOrEqual(60_000);
  });

  it('begins a new window when one has ended', async () => {
    const engine = await open(LOCAL_CLOCK);
    const limiter = engine.limiter('test', { points: 5, seconds: 60 });
    await limiter.penalty('key', 4);
    await engine.transaction((db) =>
      db
        .updateTable('attempt_limits')
        .set({ expire: engine.clock() - 1 })
        .execute(),
    );
    expect(await limiter.get('key')).toBeNull();
    await limiter.penalty('key');
    expect(await limiter.get('key')).toMatchObject({ consumedPoints: 1 });
  });

  it('is the clock of the gateway', async () => {
    const right = Date.now();
    vi.useFakeTimers({ toFake: ['Date'], now: right + 1000 * HOUR_MS });
    const { gateway, close } = await openGateway(readConfig({ DATABASE_URL: database.url }), []);
    expect(Math.abs(gateway.clock() - right)).toBeLessThan(HOUR_MS);
    vi.useRealTimers();
    await close();
  });
});
