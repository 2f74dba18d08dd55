import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { failureOf } from '../subject.ts';
import { type ClientBench, openClientBench, READ, WRITE } from './client-bench.ts';

const GUARD = { maxPerSecond: 0, retries: 2, hasBreaker: true };

let bench: ClientBench;
let server: ClientBench['server'];

beforeEach(async () => {
  // The breaker reads the clock; timers stay real.
  vi.useFakeTimers({ toFake: ['Date'] });
  bench = await openClientBench();
  ({ server } = bench);
});
afterEach(async () => {
  vi.useRealTimers();
  await bench.close();
});

/** Answers with these statuses in turn, and well from then on. */
function answerWith(...statuses: number[]): void {
  server.treat((_, response) => {
    const status = statuses.shift() ?? 200;
    response.writeHead(status, status === 429 ? { 'retry-after': '0' } : {}).end('{"hello": "world"}');
  });
}

describe('another try', () => {
  test.each([500, 503, 429])('is made of a read that met %s', async (status) => {
    answerWith(status, status);
    expect(await bench.connect({ guard: GUARD }).send(READ, {})).toEqual({ hello: 'world' });
    expect(server.received).toHaveLength(3);
  });

  test('is made of a read whose connection was cut', async () => {
    let cuts = 1;
    server.treat((request, response) => {
      if (cuts-- > 0) request.socket.destroy();
      else response.end('{"hello": "world"}');
    });
    expect(await bench.connect({ guard: GUARD }).send(READ, {})).toEqual({ hello: 'world' });
  });

  test('is made a limited number of times', async () => {
    answerWith(503, 503, 503, 503);
    expect(await failureOf(bench.connect({ guard: GUARD }).send(READ, {}))).toMatchObject({ kind: 'UNAVAILABLE' });
    expect(server.received).toHaveLength(3);
  });

  test('is made of a write that was refused for its rate alone, and of no write that may have had its effect', async () => {
    answerWith(429);
    await bench.connect({ guard: GUARD }).send(WRITE, {});
    expect(server.received).toHaveLength(2);
    answerWith(503);
    expect(await failureOf(bench.connect({ guard: GUARD }).send(WRITE, {}))).toMatchObject({ unchanged: false });
    expect(server.received).toHaveLength(3);
  });

  test.each([401, 404, 422])('is not made of what met %s', async (status) => {
    answerWith(status);
    await failureOf(bench.connect({ guard: GUARD }).send(READ, {}));
    expect(server.received).toHaveLength(1);
  });

  test('is not made where the provider asks for more quiet than there is time', async () => {
    server.treat((_, response) => response.writeHead(429, { 'retry-after': '120' }).end('{}'));
    const client = bench.connect({ guard: GUARD });
    expect(await failureOf(client.send(READ, {}))).toMatchObject({ kind: 'RATE_LIMITED', retryAfterSeconds: 120 });
    // Nor does the next call break the quiet.
    const next = await failureOf(client.send(WRITE, {}));
    expect(next).toMatchObject({ kind: 'RATE_LIMITED', unchanged: true });
    expect(next.retryAfterSeconds).toBeGreaterThan(60);
    expect(server.received).toHaveLength(1);
  });
});

describe('a provider in trouble', () => {
  const ONCE = { ...GUARD, retries: 0 };

  test('is left alone, tried again after a rest by one call, and used again when that succeeds', async () => {
    const client = bench.connect({ guard: ONCE });
    answerWith(...Array.from({ length: 5 }, () => 503));
    expect(client.health).toBe('UP');
    for (let call = 0; call < 5; call += 1) await failureOf(client.send(READ, {}));
    expect(client.health).toBe('DOWN');
    const alone = await failureOf(client.send(WRITE, {}));
    expect(alone).toMatchObject({ kind: 'UNAVAILABLE', unchanged: true, retryable: true });
    expect(alone.retryAfterSeconds).toBeGreaterThan(0);
    expect(server.received).toHaveLength(5);

    vi.setSystemTime(Date.now() + 60_000);
    const released = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    server.treat(async (_, response) => {
      arrived.resolve();
      await released.promise;
      response.end('{"hello": "world"}');
    });
    const probe = client.send(READ, {});
    await arrived.promise;
    expect(client.health).toBe('DEGRADED');
    // Nobody waits for the one that finds out.
    expect(await failureOf(client.send(READ, {}))).toMatchObject({ kind: 'UNAVAILABLE', unchanged: true });
    released.resolve();
    expect(await probe).toEqual({ hello: 'world' });
    expect(client.health).toBe('UP');
    await client.send(READ, {});
    expect(server.received).toHaveLength(7);
  });

  test('is left alone again when the try after the rest fails', async () => {
    const client = bench.connect({ guard: ONCE });
    server.answer({}, 503);
    for (let call = 0; call < 5; call += 1) await failureOf(client.send(READ, {}));
    vi.setSystemTime(Date.now() + 60_000);
    await failureOf(client.send(READ, {}));
    expect(client.health).toBe('DOWN');
    await failureOf(client.send(READ, {}));
    expect(server.received).toHaveLength(6);
  });

  test('is down when it does not answer, and when it asks for fewer calls', async () => {
    server.treat(() => {});
    const silent = bench.connect({ guard: ONCE, deadlineMs: 20 });
    for (let call = 0; call < 5; call += 1) await failureOf(silent.send(READ, {}));
    expect(silent.health).toBe('DOWN');
    // More than are needed: a call that was given up may reach the server only now, and take one.
    answerWith(...Array.from({ length: 10 }, () => 429));
    const busy = bench.connect({ guard: ONCE });
    for (let call = 0; call < 5; call += 1) await failureOf(busy.send(READ, {}));
    expect(busy.health).toBe('DOWN');
  });

  test('is not one that refuses, nor one whose callers go away', async () => {
    const client = bench.connect({ guard: ONCE });
    server.answer({ error: 'no' }, 422);
    for (let call = 0; call < 20; call += 1) await failureOf(client.send(READ, {}));
    server.treat(() => {});
    for (let call = 0; call < 20; call += 1) await failureOf(client.send(READ, { signal: AbortSignal.abort() }));
    expect(client.health).toBe('UP');
  });

  test('is left alone after failures however many callers have gone away before', async () => {
    const client = bench.connect({ guard: ONCE });
    server.treat(() => {});
    for (let call = 0; call < 20; call += 1) await failureOf(client.send(READ, { signal: AbortSignal.abort() }));
    server.answer({}, 503);
    for (let call = 0; call < 5; call += 1) await failureOf(client.send(READ, {}));
    expect(client.health).toBe('DOWN');
  });

  test('is still left alone when the caller of the try after the rest goes away', async () => {
    const client = bench.connect({ guard: ONCE });
    server.answer({}, 503);
    for (let call = 0; call < 5; call += 1) await failureOf(client.send(READ, {}));
    vi.setSystemTime(Date.now() + 60_000);
    const caller = new AbortController();
    server.treat(() => caller.abort());
    await failureOf(client.send(READ, { signal: caller.signal }));
    expect(client.health).toBe('DOWN');
  });

  test('shows as degraded after a single failure, until it answers again', async () => {
    const client = bench.connect({ guard: ONCE });
    answerWith(503);
    await failureOf(client.send(READ, {}));
    expect(client.health).toBe('DEGRADED');
    await client.send(READ, {});
    expect(client.health).toBe('UP');
  });
});

describe('a rate of our own', () => {
  test('refuses what has no turn before the deadline at once, and does not try it again', async () => {
    server.answer({ hello: 'world' });
    const client = bench.connect({ guard: { ...GUARD, maxPerSecond: 1 } });
    const calls = Array.from({ length: 300 }, () => client.send(READ, {}));
    // Those that wait fail when the bench is closed.
    for (const call of calls) call.catch(() => {});
    const refused = await Promise.all(calls.slice(100).map(failureOf));
    expect(refused.every(({ kind, unchanged }) => kind === 'RATE_LIMITED' && unchanged)).toBe(true);
    expect(refused.every(({ retryAfterSeconds = 0 }) => retryAfterSeconds > 1)).toBe(true);
    expect(client.queue.refused).toBeLessThan(300);
  });

  test('goes on when the clock of the machine is put forward while calls wait', async () => {
    server.answer({ hello: 'world' });
    const client = bench.connect({ guard: { ...GUARD, maxPerSecond: 1 } });
    const calls = [client.send(READ, {}), client.send(READ, {})];
    vi.setSystemTime(Date.now() + 60_000);
    expect(await Promise.all(calls)).toEqual([{ hello: 'world' }, { hello: 'world' }]);
  });

  test('that leaves no turn before the deadline is told, and nothing is sent', async () => {
    vi.useRealTimers();
    server.answer({ hello: 'world' });
    const client = bench.connect({ guard: { ...GUARD, maxPerSecond: 1 }, deadlineMs: 200 });
    const [first, second] = await Promise.allSettled([client.send(WRITE, {}), client.send(WRITE, {})]);
    expect(first.status).toBe('fulfilled');
    expect(second).toMatchObject({ reason: { kind: 'RATE_LIMITED', unchanged: true, retryAfterSeconds: 1 } });
    expect(server.received).toHaveLength(1);
  });
});
