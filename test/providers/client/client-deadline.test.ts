import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { failureOf } from '../subject.ts';
import { benchOfEachTest, READ, WRITE } from './client-bench.ts';

const bench = benchOfEachTest();
const { connect } = bench;

describe('a caller that cancels a call', () => {
  test('ends the call, and the call does not count as a failure of the provider', async () => {
    const caller = new AbortController();
    bench.server.treat(() => caller.abort());

    const failure = await failureOf(connect().send(WRITE, { signal: caller.signal }));

    expect(failure).toMatchObject({ kind: 'TIMED_OUT', unchanged: false });
    expect(bench.observed).toEqual([]);
  });

  test('before it starts prevents that anything is sent', async () => {
    const failure = await failureOf(connect().send(WRITE, { signal: AbortSignal.abort() }));

    expect(failure).toMatchObject({ kind: 'TIMED_OUT', unchanged: true });
    expect(bench.server.received).toEqual([]);
  });

  test("by its own deadline gets the same failure as by the gateway's", async () => {
    bench.server.treat(() => undefined);

    await failureOf(connect().send(READ, { signal: AbortSignal.timeout(50) }));

    expect(bench.observed).toMatchObject([{ outcome: 'TIMED_OUT', operation: 'readPromoCode' }]);
  });
});

test('one deadline can span several calls', async () => {
  bench.server.treat(() => undefined);
  const client = connect({ deadlineMs: 100 });
  const whole = client.withDeadline({});

  await failureOf(client.send(READ, whole));
  const second = await failureOf(client.send(WRITE, whole));

  expect(second).toMatchObject({ kind: 'TIMED_OUT', unchanged: true });
  expect(bench.server.received).toHaveLength(1);
});

test('a slow answer that never completes ends at the deadline', async () => {
  const drops: NodeJS.Timeout[] = [];
  bench.server.treat((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    drops.push(setInterval(() => response.write(' '), 5));
  });

  const failure = await failureOf(connect({ deadlineMs: 100 }).send(READ, {}));

  for (const drop of drops) clearInterval(drop);
  expect(failure).toMatchObject({ kind: 'TIMED_OUT', unchanged: true });
});

test('a write that waits for a free connection until its deadline is never sent', async () => {
  const waiting: ServerResponse[] = [];
  bench.server.treat((_, response) => void waiting.push(response));
  const client = connect();
  const calls = Array.from({ length: 40 }, () => client.send(READ, {}));
  // One caller gets at most three quarters of the connections.
  await expect.poll(() => waiting.length).toBe(24);

  const failure = await failureOf(client.send(WRITE, { signal: AbortSignal.timeout(50) }));

  expect(failure).toMatchObject({ kind: 'TIMED_OUT', unchanged: true });
  bench.server.answer({ hello: 'world' });
  for (const response of waiting) response.end('{"hello":"world"}');
  await Promise.all(calls);
  expect(bench.server.received.filter(({ method }) => method === 'POST')).toEqual([]);
});

test('connections are reused by the next calls', async () => {
  const sockets = new Set();
  bench.server.treat((request, response) => {
    sockets.add(request.socket);
    response.end('{"hello":"world"}');
  });
  const client = connect();

  for (let call = 0; call < 10; call += 1) await client.send(READ, {});

  expect(sockets.size).toBeLessThanOrEqual(2);
});

test('closing waits for the running call', async () => {
  const client = connect();
  const answering = Promise.withResolvers<() => void>();
  bench.server.treat((_, response) => answering.resolve(() => response.end('{"hello":"world"}')));
  const call = client.send(READ, {});
  const answer = await answering.promise;

  const closed = client.close();
  answer();

  expect(await call).toEqual({ hello: 'world' });
  await closed;
  expect(await failureOf(client.send(WRITE, {}))).toMatchObject({ kind: 'UNAVAILABLE', unchanged: true });
});
