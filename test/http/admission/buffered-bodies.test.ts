import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { dial } from '../../support/dial.ts';
import { linesOf, lookUp, start, whole } from './admission-gateway.ts';

/** The beginning of a body, of this many bytes. */
const bodyOf = (bytes: number) => {
  const query = '{ __typename }';
  return JSON.stringify({ query, extensions: 'x'.repeat(bytes) }).slice(0, bytes);
};

describe('request bodies', () => {
  // One caller may buffer 20,000 bytes.
  const LIMITS = { MAX_BODY_BYTES: '10000', MAX_BUFFERED_BYTES: '80000' };

  it('count towards the quota of their caller as they arrive, and announced bytes do not count', async () => {
    const { gateway, post, expectNoBug, countArrivals } = await start(LIMITS);
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
    const { gateway } = await start(LIMITS);
    const chunked = linesOf('one', 'Transfer-Encoding: chunked');
    const [answer] = await dial(gateway.url, chunked, '1\r\n \r\n'.repeat(100)).answers();
    expect(answer).toMatchObject({ status: 503 });
  });

  it('count their decompressed size until their operation is answered', async () => {
    const { gateway, blockDuro, untilAsked } = await start(LIMITS);
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
    const { gateway, post } = await start(LIMITS);
    const packed = gzipSync(whole(200));
    const lines = linesOf('one', 'Content-Encoding: gzip', `Content-Length: ${packed.length}`, 'Connection: close');
    const burst = Array.from({ length: 6 }, () => dial(gateway.url, lines, packed).answers());
    for (const answers of await Promise.all(burst)) expect(answers).toMatchObject([{ status: 200 }]);
    expect((await post('one', whole(9900))).status).toBe(200);
  });

  it('that arrive too slowly are answered once and disconnected, and their memory is released', async () => {
    const { gateway, post, expectNoBug } = await start({ ...LIMITS, BODY_TIMEOUT_MS: '100' });
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
    const { gateway, post, outcomes, expectNoBug, countArrivals } = await start(LIMITS);
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
  const { gateway, outcomes } = await start({ MAX_BODY_BYTES: '1000' });
  const half = dial(gateway.url, linesOf('one', 'Content-Length: 999999'), bodyOf(5000));
  const sending = setInterval(() => half.socket.write('more'), 10);
  const answers = await half.answers();
  clearInterval(sending);
  expect(answers).toMatchObject([{ status: 413 }]);
  expect(outcomes()).toEqual(['HTTP_413']);
});
