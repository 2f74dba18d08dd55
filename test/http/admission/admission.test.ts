import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { makeKeys } from '../../support/credentials/keys.ts';
import { dial } from '../../support/dial.ts';
import { type Json, type RunningGateway, startGateway } from '../../support/start-gateway.ts';

const keys = makeKeys({ one: 'read+manage', other: 'read+manage' });
type Name = 'one' | 'other';

let gateway: RunningGateway;
afterEach(() => gateway.stop());

async function start(settings: Record<string, string>): Promise<void> {
  gateway = await startGateway({ settings: { ...keys.settings, ...settings } });
}

/** The request line and headers of a caller's request. */
const linesOf = (name: Name, ...headers: string[]) => [
  'POST /graphql HTTP/1.1',
  'Host: gateway.example',
  'Content-Type: application/json',
  `Authorization: ${keys.of(name).authorization}`,
  ...headers,
];

/** A body of this many bytes. */
const bodyOf = (bytes: number) => {
  const query = '{ __typename }';
  return JSON.stringify({ query, extensions: 'x'.repeat(bytes) }).slice(0, bytes);
};
const whole = (bytes: number) => {
  const empty = JSON.stringify({ query: '{ __typename }', variables: { filling: '' } });
  return empty.replace('""', `"${'x'.repeat(bytes - empty.length)}"`);
};

/** An operation that calls Duro, in a body slightly larger than this many bytes. */
const lookUp = (id: string, bytes = 0) =>
  JSON.stringify({
    query: 'query ($id: ID!) { promoCodeByProviderId(provider: DURO, providerId: $id) { id } }',
    variables: { id, filling: 'x'.repeat(bytes) },
  });

/** Stops Duro from answering. Returns a function that releases it. */
function blockDuro(): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  gateway.duro.fail({ kind: 'late', times: 10, delay: promise });
  return resolve;
}

async function untilAsked(calls: number): Promise<void> {
  while (gateway.duro.calls.length < calls) await setImmediate();
}

async function post(name: Name, body: string): Promise<{ status: number; text: string }> {
  const headers = { 'content-type': 'application/json', ...keys.of(name) };
  const answer = await fetch(gateway.url, { method: 'POST', headers, body });
  return { status: answer.status, text: await answer.text() };
}

const outcomes = (): string[] =>
  gateway.logged.flatMap((line: Json) => (line[1] === 'A request was answered' ? [line[2].outcome] : []));
const expectNoBug = () => expect(gateway.logged.filter((line: Json) => line[0] === 'error')).toEqual([]);

/** Counts the requests whose headers have arrived. */
function countArrivals() {
  let count = 0;
  gateway.onRequest(() => {
    count += 1;
  });
  return {
    until: async (least: number) => {
      while (count < least) await setImmediate();
    },
  };
}

describe('requests in flight', () => {
  it('do not include a request whose body has not arrived', async () => {
    await start({ MAX_IN_FLIGHT: '2' });
    const arrivals = countArrivals();
    const halves = Array.from({ length: 20 }, () =>
      dial(gateway.url, linesOf('one', 'Content-Length: 999'), '{"query":'),
    );
    await arrivals.until(20);
    for (const name of ['one', 'other'] as const) expect((await post(name, whole(100))).status).toBe(200);
    for (const { socket } of halves) socket.destroy();
  });

  it('are limited for each caller: a caller at its limit does not affect others', async () => {
    await start({ MAX_IN_FLIGHT: '4' });
    const release = blockDuro();
    const waiting = ['1', '2'].map((id) => post('one', lookUp(id)));
    await untilAsked(2);
    const refused = await post('one', whole(100));
    expect([refused.status, JSON.parse(refused.text)]).toMatchObject([
      503,
      { errors: [{ extensions: { code: 'UNAVAILABLE' } }] },
    ]);
    expect((await post('other', whole(100))).status).toBe(200);
    release();
    await Promise.all(waiting);
    expect((await post('one', whole(100))).status).toBe(200);
  });
});

it.each(['application/json', 'text/event-stream', 'multipart/mixed'])(
  'include a query whose response (%s) has not been read',
  async (accept) => {
    await start({ MAX_IN_FLIGHT: '4' });
    const request = (query: string, type: string) => {
      const body = JSON.stringify({ query });
      return [...linesOf('one'), `Accept: ${type}`, `Content-Length: ${body.length}`, '', body].join('\r\n');
    };
    // A pipelined request is answered only after the subscription has ended.
    const subscription = request('subscription { redemptionChanged { id } }', 'text/event-stream');
    const { socket } = dial(gateway.url, [subscription + request('{ __typename }', accept).repeat(2)]);
    const answered = () => gateway.logged.filter((line: Json) => line[1] === 'An operation was answered').length;
    while (answered() < 3) await setImmediate();
    expect((await post('one', whole(100))).status).toBe(503);
    expect((await post('other', whole(100))).status).toBe(200);
    socket.destroy();
    while ((await post('one', whole(100))).status !== 200) await setImmediate();
  },
);

describe('request bodies', () => {
  // One caller may buffer 20,000 bytes.
  const LIMITS = { MAX_BODY_BYTES: '10000', MAX_BUFFERED_BYTES: '80000' };

  it('count towards the quota of their caller as they arrive, and announced bytes do not count', async () => {
    await start(LIMITS);
    const arrivals = countArrivals();
    const announced = Array.from({ length: 30 }, () =>
      dial(gateway.url, linesOf('one', 'Content-Length: 9900'), bodyOf(10)),
    );
    const large = Array.from({ length: 3 }, () =>
      dial(gateway.url, linesOf('one', 'Content-Length: 9900'), bodyOf(9000)),
    );
    await arrivals.until(33);
    // The gateway closes the connection of the refused request.
    const [answer] = await Promise.race(large.map(({ answers }) => answers()));
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    expect((await post('other', whole(9900))).status).toBe(200);
    for (const { socket } of [...announced, ...large]) socket.destroy();
    while ((await post('one', whole(9900))).status !== 200) await setImmediate();
    expectNoBug();
  });

  it('count the memory that they really take: one in chunks of a byte is rejected', async () => {
    await start(LIMITS);
    const chunked = linesOf('one', 'Transfer-Encoding: chunked');
    const [answer] = await dial(gateway.url, chunked, '1\r\n \r\n'.repeat(100)).answers();
    expect(answer).toMatchObject({ status: 503 });
  });

  it('count their decompressed size until their operation is answered', async () => {
    await start(LIMITS);
    const release = blockDuro();
    const send = (id: string) => {
      const packed = gzipSync(lookUp(id, 9000));
      const lines = linesOf('one', 'Content-Encoding: gzip', `Content-Length: ${packed.length}`, 'Connection: close');
      return dial(gateway.url, lines, packed).answers();
    };
    const waiting = ['1', '2'].map(send);
    await untilAsked(2);
    expect(await send('3')).toMatchObject([{ status: 503 }]);
    release();
    for (const answers of await Promise.all(waiting)) expect(answers).toMatchObject([{ status: 200 }]);
    expect(await send('1')).toMatchObject([{ status: 200 }]);
  });

  it('are decompressed one after another for each caller, so that a burst is not rejected', async () => {
    // Each may decompress to 10,000 bytes, so two in parallel would exceed the caller's buffer limit.
    await start(LIMITS);
    const packed = gzipSync(whole(200));
    const lines = linesOf('one', 'Content-Encoding: gzip', `Content-Length: ${packed.length}`, 'Connection: close');
    const burst = Array.from({ length: 6 }, () => dial(gateway.url, lines, packed).answers());
    for (const answers of await Promise.all(burst)) expect(answers).toMatchObject([{ status: 200 }]);
    expect((await post('one', whole(9900))).status).toBe(200);
  });

  it('that arrive too slowly are answered once and disconnected, and their memory is released', async () => {
    await start({ ...LIMITS, BODY_TIMEOUT_MS: '100' });
    const beginnings = [['Content-Length: 9900'], ['Transfer-Encoding: chunked']];
    for (const headers of [...beginnings, ...beginnings]) {
      const sent = headers.includes('Content-Length: 9900') ? bodyOf(8192) : `2000\r\n${bodyOf(8192)}`;
      const answers = await dial(gateway.url, linesOf('one', ...headers), sent).answers();
      expect(answers).toMatchObject([{ status: 408, headers: { 'x-request-id': expect.any(String) } }]);
    }
    expect(await dial(gateway.url, []).answers()).toMatchObject([{ status: 408 }]);
    expect((await post('one', whole(9900))).status).toBe(200);
    expectNoBug();
  });

  it.each([
    ['of a known length', ['Content-Length: 9900']],
    ['in chunks', ['Transfer-Encoding: chunked']],
    ['as plain GraphQL', ['Content-Length: 9900', 'Content-Type: application/graphql']],
    ['packed', ['Content-Length: 9900', 'Content-Encoding: gzip']],
  ])('that a client aborts (%s) are logged as CLIENT_CLOSED, and their memory is released', async (_, headers) => {
    await start(LIMITS);
    const arrivals = countArrivals();
    const lines = linesOf('one').filter((line) => !/^content-type/i.test(line) || !headers.join().includes('Type'));
    const sent = headers.includes('Transfer-Encoding: chunked') ? `2000\r\n${bodyOf(8192)}` : bodyOf(9000);
    const halves = [0, 1].map(() => dial(gateway.url, [...lines, ...headers], sent));
    await arrivals.until(2);
    for (const { socket } of halves) socket.destroy();
    while (outcomes().length < 2) await setImmediate();
    expect(outcomes()).toEqual(['CLIENT_CLOSED', 'CLIENT_CLOSED']);
    expect((await post('one', whole(9900))).status).toBe(200);
    expectNoBug();
  });
});

it('a client that continues to send can read the error response before its connection is closed', async () => {
  await start({ MAX_BODY_BYTES: '1000' });
  const half = dial(gateway.url, linesOf('one', 'Content-Length: 999999'), bodyOf(5000));
  const sending = setInterval(() => half.socket.write('more'), 10);
  const answers = await half.answers();
  clearInterval(sending);
  expect(answers).toMatchObject([{ status: 413 }]);
  expect(outcomes()).toEqual(['HTTP_413']);
});

describe('connections', () => {
  it('are closed if the client does not read its responses', async () => {
    await start({ RESPONSE_TIMEOUT_MS: '100' });
    // Far more than the socket buffers of both ends can hold.
    const page = ['GET /graphql HTTP/1.1', 'Host: x', 'Accept: text/html', '', ''].join('\r\n');
    const { socket } = dial(gateway.url, [page.repeat(30)]);
    socket.pause();
    while ((await gateway.connections()) === 0) await setImmediate();
    while ((await gateway.connections()) > 0) await setImmediate();
    socket.destroy();
    expectNoBug();
  });

  it('of one address are at most half of all, except those of trusted proxies', async () => {
    const taken = async (proxies: Record<string, string>) => {
      await start({ MAX_CONNECTIONS: '4', ...proxies });
      const arrivals = countArrivals();
      const lines = ['GET /health HTTP/1.1', 'Host: x'];
      const dialled = Array.from({ length: 5 }, () => dial(gateway.url, lines));
      let cut = 0;
      for (const { closed } of dialled) closed.then(() => (cut += 1));
      const open = 'TRUSTED_PROXIES' in proxies ? 4 : 2;
      await arrivals.until(open);
      while (cut < 5 - open) await setImmediate();
      for (const { socket } of dialled) socket.destroy();
      return open;
    };
    expect(await taken({})).toBe(2);
    await gateway.stop();
    expect(await taken({ TRUSTED_PROXIES: 'loopback' })).toBe(4);
  });
});
