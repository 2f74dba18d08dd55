import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { failureOf } from '../subject.ts';
import { type ClientBench, openClientBench, READ, WRITE } from './client-bench.ts';

const GUARD = { maxPerSecond: 0, retries: 2, hasBreaker: true };

let bench: ClientBench;
let server: ClientBench['server'];

beforeEach(async () => {
  // Only the clock is fake, because the breaker reads it. Timers are real.
  vi.useFakeTimers({ toFake: ['Date'] });
  bench = await openClientBench();
  ({ server } = bench);
});
afterEach(async () => {
  vi.useRealTimers();
  await bench.close();
});

/** Answers with these statuses in turn, and then with success. */
function answerWith(...statuses: number[]): void {
  server.treat((_, response) => {
    const status = statuses.shift() ?? 200;
    response.writeHead(status, status === 429 ? { 'retry-after': '0' } : {}).end('{"hello": "world"}');
  });
}

describe('the retry of a call', () => {
  test.each([500, 503, 429])('happens after a read failed with %s', async (status) => {
    answerWith(status, status);
    expect(await bench.connect({ guard: GUARD }).send(READ, {})).toEqual({ hello: 'world' });
    expect(server.received).toHaveLength(3);
  });

  test('happens after the connection of a read was cut', async () => {
    let cuts = 1;
    server.treat((request, response) => {
      if (cuts-- > 0) request.socket.destroy();
      else response.end('{"hello": "world"}');
    });
    expect(await bench.connect({ guard: GUARD }).send(READ, {})).toEqual({ hello: 'world' });
  });

  test('happens a limited number of times', async () => {
    answerWith(503, 503, 503, 503);
    expect(await failureOf(bench.connect({ guard: GUARD }).send(READ, {}))).toMatchObject({ kind: 'UNAVAILABLE' });
    expect(server.received).toHaveLength(3);
  });

  test('happens after a write failed with 429, but not after a write with an unknown outcome', async () => {
    answerWith(429);
    await bench.connect({ guard: GUARD }).send(WRITE, {});
    expect(server.received).toHaveLength(2);
    answerWith(503);
    expect(await failureOf(bench.connect({ guard: GUARD }).send(WRITE, {}))).toMatchObject({ unchanged: false });
    expect(server.received).toHaveLength(3);
  });

  test.each([401, 404, 422])('does not happen after %s', async (status) => {
    answerWith(status);
    await failureOf(bench.connect({ guard: GUARD }).send(READ, {}));
    expect(server.received).toHaveLength(1);
  });

  test('does not happen if Retry-After is beyond the deadline', async () => {
    server.treat((_, response) => response.writeHead(429, { 'retry-after': '120' }).end('{}'));
    const client = bench.connect({ guard: GUARD });
    expect(await failureOf(client.send(READ, {}))).toMatchObject({ kind: 'RATE_LIMITED', retryAfterSeconds: 120 });
    // The next call is not sent before Retry-After has passed either.
    const next = await failureOf(client.send(WRITE, {}));
    expect(next).toMatchObject({ kind: 'RATE_LIMITED', unchanged: true });
    expect(next.retryAfterSeconds).toBeGreaterThan(60);
    expect(server.received).toHaveLength(1);
  });
});

describe('a failing provider', () => {
  const ONCE = { ...GUARD, retries: 0 };

  test('gets no calls while the breaker is open, then one test call, and all calls again after that succeeds', async () => {
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
    // Other calls do not wait for the test call.
    expect(await failureOf(client.send(READ, {}))).toMatchObject({ kind: 'UNAVAILABLE', unchanged: true });
    released.resolve();
    expect(await probe).toEqual({ hello: 'world' });
    expect(client.health).toBe('UP');
    await client.send(READ, {});
    expect(server.received).toHaveLength(7);
  });

  test('gets no calls again after the test call fails', async () => {
    const client = bench.connect({ guard: ONCE });
    server.answer({}, 503);
    expect(client.downSince).toBeNull();
    for (let call = 0; call < 5; call += 1) await failureOf(client.send(READ, {}));
    const since = client.downSince;
    expect(since).toBeGreaterThan(0);
    vi.setSystemTime(Date.now() + 60_000);
    await failureOf(client.send(READ, {}));
    expect(client.health).toBe('DOWN');
    expect(client.downSince).toBe(since);
    await failureOf(client.send(READ, {}));
    expect(server.received).toHaveLength(6);
  });

  test('is down after timeouts, and after answers with 429', async () => {
    server.treat(() => {});
    const silent = bench.connect({ guard: ONCE, deadlineMs: 20 });
    for (let call = 0; call < 5; call += 1) await failureOf(silent.send(READ, {}));
    expect(silent.health).toBe('DOWN');
    // More answers than needed: a cancelled call may still reach the server and consume one.
    answerWith(...Array.from({ length: 10 }, () => 429));
    const busy = bench.connect({ guard: ONCE });
    for (let call = 0; call < 5; call += 1) await failureOf(busy.send(READ, {}));
    expect(busy.health).toBe('DOWN');
  });

  test('is not a provider that refuses calls, or whose callers cancel their calls', async () => {
    const client = bench.connect({ guard: ONCE });
    server.answer({ error: 'no' }, 422);
    for (let call = 0; call < 20; call += 1) await failureOf(client.send(READ, {}));
    server.treat(() => {});
    for (let call = 0; call < 20; call += 1) await failureOf(client.send(READ, { signal: AbortSignal.abort() }));
    expect(client.health).toBe('UP');
  });

  describe('whose callers go away before it answers', () => {
    const DEADLINE_MS = 10_000;

    /** The health after ten calls at the same time, whose callers wait this long. */
    async function healthAfterWaits(waitMs: number) {
      vi.useFakeTimers({ toFake: ['Date', 'performance'] });
      const client = bench.connect({ guard: ONCE, deadlineMs: DEADLINE_MS });
      const callers = new AbortController();
      server.treat(() => {
        if (server.received.length < 10) return;
        vi.advanceTimersByTime(waitMs);
        callers.abort();
      });
      const calls = Array.from({ length: 10 }, () => failureOf(client.send(READ, { signal: callers.signal })));
      await Promise.all(calls);
      return client.health;
    }

    test('is down if they waited for half of the time that a call may take', async () => {
      expect(await healthAfterWaits(DEADLINE_MS / 2)).toBe('DOWN');
      expect(bench.observed.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 10 }, () => 'TIMED_OUT'));
    });

    test('is up if they waited for less', async () => {
      expect(await healthAfterWaits(DEADLINE_MS / 2 - 1)).toBe('UP');
      expect(bench.observed).toEqual([]);
    });
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

  test('is degraded after one failure, until it answers again', async () => {
    const client = bench.connect({ guard: ONCE });
    answerWith(503);
    await failureOf(client.send(READ, {}));
    expect(client.health).toBe('DEGRADED');
    await client.send(READ, {});
    expect(client.health).toBe('UP');
  });
});

describe('the rate limit of the gateway', () => {
  test('immediately refuses a call that has no turn before its deadline, without a retry', async () => {
    server.answer({ hello: 'world' });
    const client = bench.connect({ guard: { ...GUARD, maxPerSecond: 1 } });
    const calls = Array.from({ length: 300 }, () => client.send(READ, {}));
    // The waiting calls fail when the bench is closed.
    for (const call of calls) call.catch(() => {});
    const refused = await Promise.all(calls.slice(100).map(failureOf));
    expect(refused.every(({ kind, unchanged }) => kind === 'RATE_LIMITED' && unchanged)).toBe(true);
    expect(refused.every(({ retryAfterSeconds = 0 }) => retryAfterSeconds > 1)).toBe(true);
    expect(client.queue.refused).toBeLessThan(300);
  });

  test('does not depend on the system clock while calls wait', async () => {
    server.answer({ hello: 'world' });
    const client = bench.connect({ guard: { ...GUARD, maxPerSecond: 1 } });
    const calls = [client.send(READ, {}), client.send(READ, {})];
    vi.setSystemTime(Date.now() + 60_000);
    expect(await Promise.all(calls)).toEqual([{ hello: 'world' }, { hello: 'world' }]);
  });

  test('refuses a call with RATE_LIMITED and sends nothing if there is no turn before its deadline', async () => {
    vi.useRealTimers();
    server.answer({ hello: 'world' });
    const client = bench.connect({ guard: { ...GUARD, maxPerSecond: 1 }, deadlineMs: 200 });
    const [first, second] = await Promise.allSettled([client.send(WRITE, {}), client.send(WRITE, {})]);
    expect(first.status).toBe('fulfilled');
    expect(second).toMatchObject({ reason: { kind: 'RATE_LIMITED', unchanged: true, retryAfterSeconds: 1 } });
    expect(server.received).toHaveLength(1);
  });
});
