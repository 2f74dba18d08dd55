import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { dial } from '../../support/dial.ts';
import type { Json } from '../../support/start-gateway.ts';
import { linesOf, lookUp, start, whole } from './admission-gateway.ts';

describe('requests in flight', () => {
  it('do not include a request whose body has not arrived', async () => {
    const { gateway, post, countArrivals } = await start({ MAX_IN_FLIGHT: '2' });
    const arrivals = countArrivals();
    const halves = Array.from({ length: 20 }, () =>
      dial(gateway.url, linesOf('one', 'Content-Length: 999'), '{"query":'),
    );
    await arrivals.until(20);
    for (const name of ['one', 'other'] as const) expect((await post(name, whole(100))).status).toBe(200);
    for (const { socket } of halves) socket.destroy();
  });

  it('are limited for each caller: a caller at its limit does not affect others', async () => {
    const { post, blockDuro, untilAsked } = await start({ MAX_IN_FLIGHT: '4' });
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

  it.each(['application/json', 'text/event-stream', 'multipart/mixed'])(
    'include a query whose response (%s) has not been read',
    async (accept) => {
      const { gateway, post } = await start({ MAX_IN_FLIGHT: '4' });
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
});

describe('connections', () => {
  it('are closed if the client does not read its responses', async () => {
    const { gateway, expectNoBug } = await start({ RESPONSE_TIMEOUT_MS: '100' });
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
      const { gateway, countArrivals } = await start({ MAX_CONNECTIONS: '4', ...proxies });
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
    expect(await taken({ TRUSTED_PROXIES: 'loopback' })).toBe(4);
  });
});
