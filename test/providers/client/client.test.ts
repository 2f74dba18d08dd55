import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { failureOf } from '../subject.ts';
import { benchOfEachTest, READ, SECRET, WRITE } from './client-bench.ts';

const bench = benchOfEachTest();
const { connect } = bench;

test('a call sends JSON and the API key to a path below that of the base URL', async () => {
  bench.server.answer({ hello: 'world' });

  const client = connect({ baseUrl: `${bench.server.url}/v9` });
  const request = { ...WRITE, path: ['promo codes', 'ä/b'], query: { limit: 2, cursor: undefined } };

  expect(await client.send(request, {})).toEqual({ hello: 'world' });
  const [received] = bench.server.received;
  expect(received).toMatchObject({ method: 'POST', path: '/v9/promo%20codes/%C3%A4%2Fb?limit=2', body: { code: 'A' } });
  expect(received?.headers).toMatchObject({ authorization: SECRET, accept: 'application/json' });
  expect(received?.headers['content-type']).toBe('application/json');
});

describe('a failure', () => {
  test('never contains the API key, even if the provider quotes it', async () => {
    bench.server.answer({ error: `The key ${SECRET} (or sk_test_51H…) has no access` }, 403);

    const failure = await failureOf(connect().send(READ, {}));

    expect(failure.message).toBe('readPromoCode: HTTP 403, The key [key] (or [key] has no access');
    expect(inspect(failure, { depth: 10 })).not.toContain(SECRET);
  });

  test('quotes the provider in one short line', async () => {
    bench.server.answer({ error: `line one\r\nline two\u0000 ${'x'.repeat(5000)}` }, 422);

    const { message } = await failureOf(connect().send(READ, {}));

    expect(message).toContain('HTTP 422, line one line two xxx');
    expect(message.length).toBeLessThan(350);
    expect(message).not.toMatch(/\p{Cc}/u);
  });

  test('says which field of an answer was wrong', async () => {
    bench.server.answer({ hello: 5 });

    const { message } = await failureOf(connect().send(READ, {}));

    expect(message).toContain('hello: ');
  });

  test('names the logged headers of the answer, if they look like ids', async () => {
    bench.server.treat((_, response) => response.writeHead(500, { 'request-id': 'req_1Ab', reason: 'a b' }).end('{}'));
    const client = connect({ loggedHeaders: ['request-id', 'reason', 'absent'] });

    const { message } = await failureOf(client.send(READ, {}));

    expect(message).toBe('readPromoCode: HTTP 500, undefined (request-id: req_1Ab)');
  });

  test('of a write is not known to have changed nothing if a 409 means that an earlier try still runs', async () => {
    bench.server.answer({ error: 'in use' }, 409);

    const failure = await failureOf(connect().send({ ...WRITE, conflictReason: 'IN_PROGRESS' }, {}));

    expect(failure).toMatchObject({ kind: 'UNAVAILABLE', unchanged: false, retryable: true, reason: undefined });
  });

  test('is a rate limit if the provider says so with another status', async () => {
    bench.server.answer({ error: 'slow down' }, 400);

    const failure = await failureOf(connect({ readError: () => ({ isRateLimit: true }) }).send(WRITE, {}));

    expect(failure).toMatchObject({ kind: 'RATE_LIMITED', unchanged: true, retryable: true });
  });

  test('that is a bug of the gateway is not reported as a failure of the provider', async () => {
    bench.server.answer({ hello: 'world' });
    const mistaken = {
      ...READ,
      read: () => {
        throw new TypeError('a bug');
      },
    };

    await expect(connect().send(mistaken, {})).rejects.toThrow(TypeError);
  });
});

describe('Retry-After', () => {
  const inAMinute = () => new Date(Date.now() + 60_000).toUTCString();
  test.each([
    ['seconds', () => '30', 30],
    ['no number', () => 'soon', undefined],
    ['a negative number', () => '-5', undefined],
    ['a date of the past', () => 'Wed, 21 Oct 2015 07:28:00 GMT', 0],
    ['a century', () => '3153600000', 86_400],
  ])('with %s is understood', async (_, header, seconds) => {
    bench.server.treat((_request, response) => response.writeHead(429, { 'retry-after': header() }).end());

    expect((await failureOf(connect().send(READ, {}))).retryAfterSeconds).toBe(seconds);
  });

  test('with a future date is converted to seconds', async () => {
    bench.server.treat((_request, response) => response.writeHead(503, { 'retry-after': inAMinute() }).end());

    const { retryAfterSeconds } = await failureOf(connect().send(READ, {}));

    expect(retryAfterSeconds).toBeGreaterThan(0);
    expect(retryAfterSeconds).toBeLessThanOrEqual(60);
  });
});

describe('an answer', () => {
  test('of more than 5 MB is refused', async () => {
    bench.server.answer({ hello: 'x'.repeat(6 * 1024 * 1024) });

    expect(await failureOf(connect().send(WRITE, {}))).toMatchObject({ kind: 'MALFORMED_ANSWER', unchanged: false });
  });

  test('of slightly less than 5 MB is read', async () => {
    bench.server.answer({ hello: 'x'.repeat(5 * 1024 * 1024 - 20) });

    expect((await connect().send(READ, {})).hello).toHaveLength(5 * 1024 * 1024 - 20);
  });

  test('with a redirect is not followed', async () => {
    bench.server.treat((_, response) => response.writeHead(302, { location: '/b' }).end());

    expect(await failureOf(connect().send(READ, {}))).toMatchObject({ kind: 'MALFORMED_ANSWER' });
    expect(bench.server.received).toHaveLength(1);
  });

  test('whose error body never ends is judged by its status', async () => {
    bench.server.treat((_, response) => void response.writeHead(401).write('{"error":'));

    expect(await failureOf(connect({ deadlineMs: 100 }).send(WRITE, {}))).toMatchObject({ kind: 'UNAUTHORIZED' });
  });

  test('whose body never ends fails at the deadline', async () => {
    bench.server.treat((_, response) => void response.writeHead(200).write('{"hello":'));

    const failure = await failureOf(connect({ deadlineMs: 100 }).send(WRITE, {}));

    expect(failure).toMatchObject({ kind: 'TIMED_OUT', unchanged: false });
  });

  test('with an interim status (103) is skipped', async () => {
    bench.server.treat((_, response) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload' });
      response.end('{"hello":"world"}');
    });

    expect(await connect().send(READ, {})).toEqual({ hello: 'world' });
  });
});

describe('a look-up', () => {
  test('believes "not found" in the provider\'s own words', async () => {
    bench.server.answer({ error: 'not here' }, 404);

    expect(await connect().find(READ, {})).toBeNull();
  });

  test('does not trust a 404 that is not in the form of the provider', async () => {
    bench.server.treat((_, response) => response.writeHead(404).end('404 page not found'));

    expect(await failureOf(connect().find(READ, {}))).toMatchObject({ kind: 'REJECTED', reason: undefined });
  });

  test('of an id that cannot be part of a path returns null and sends nothing', async () => {
    expect(await connect().find({ ...READ, path: ['codes', '..'] }, {})).toBeNull();
    expect(bench.server.received).toEqual([]);
    expect(bench.observed).toEqual([]);
  });
});
