import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import Sqlite from 'better-sqlite3';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { EventStream } from '../../../src/http/subscriptions/event-stream.ts';
import { createFile } from '../../store/test-stores.ts';
import { openShop } from '../../support/shop.ts';
import { startGateway } from '../../support/start-gateway.ts';
import { metric, subscribe, untilListeners } from './subscriber.ts';

const LOST = expect.stringMatching(/"code":"EVENTS_LOST".*\n\nevent: complete\ndata:\n\n$/);

describe('a client that does not read', () => {
  it('is disconnected with EVENTS_LOST before much memory is used, and other clients do not notice', async () => {
    const gateway = await startGateway({ settings: { MAX_SUBSCRIPTION_COST: '1000' } });
    const shop = openShop(gateway);
    const metadata = Object.fromEntries(Array.from({ length: 20 }, (_, key) => [`key-${key}`, 'x'.repeat(400)]));
    await shop.createPromoCode({ provider: 'FLEXPRICE', code: 'LARGE', metadata });
    const aliases = Array.from({ length: 8 }, (_, index) => `m${index}: metadata`).join(' ');
    const query = `subscription { redemptionChanged { promotion { ${aliases} } } }`;

    const { port } = new URL(gateway.url);
    const unread = connect(Number(port), '127.0.0.1');
    const body = JSON.stringify({ query });
    unread.write(
      `POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\ncontent-type: application/json\r\naccept: text/event-stream\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    await once(unread, 'readable');
    const reading = await subscribe(gateway.url, query);

    let redeemed = 0;
    while ((await metric(gateway.url, 'promo_gateway_slow_subscribers_total')) === 0) {
      expect(redeemed).toBeLessThan(500);
      await Promise.all(Array.from({ length: 4 }, () => shop.redeem({ code: 'LARGE' })));
      redeemed += 4;
      for (let event = 0; event < 4; event += 1) {
        expect(await reading.next()).toHaveProperty('data.redemptionChanged.promotion.m7');
      }
    }
    const answer = await text(unread);
    expect(answer).toEqual(expect.stringContaining('"code":"EVENTS_LOST"'));
    expect(answer).toMatch(/event: complete\ndata:\n\n/);
    await untilListeners(gateway.url, 1);
    await shop.redeem({ code: 'LARGE' });
    expect(await reading.next()).toHaveProperty('data.redemptionChanged.promotion.m7');
    await gateway.stop();
  });

  it('gets the latest state of each object once it reads again', async () => {
    const { stream, begin } = await open();
    const client = await begin();
    let filling = 0;
    while (!client.isFull()) {
      filling += 1;
      stream.deliver(batch(1, `${filling}${'x'.repeat(60_000)}`), 0);
    }
    for (const [number, id] of ['code', 'code', 'other', 'code'].entries()) stream.deliver(batch(number + 2, id), 0);
    stream.end(Buffer.from('the end'));
    const events = await client.rest();
    expect(events.match(/1 of \d+/g)).toHaveLength(filling);
    expect(events).toMatch(/x, 4 of other, 5 of code, the end$/);
  });

  it('gets the events from before its response began', async () => {
    const { stream, begin } = await open();
    for (const [number, id] of ['code', 'code', 'other', 'code'].entries()) stream.deliver(batch(number + 1, id), 0);
    stream.end(Buffer.from('the end'));
    const client = await begin();
    expect(await client.rest()).toBe(':\n\n3 of other, 4 of code, the end');
  });

  it('gets no event of a change before it joined', async () => {
    const { stream, begin } = await open();
    stream.deliver(batch(5, 'before'), 5);
    stream.deliver(batch(6, 'after'), 5);
    stream.end(Buffer.from('the end'));
    const client = await begin();
    expect(await client.rest()).toBe(':\n\n6 of after, the end');
  });

  it('loses its stream and the waiting events when more bytes wait than the limit', async () => {
    const { stream, begin, lost } = await open();
    const large = 'x'.repeat(50_000);
    for (let number = 1; number <= 3; number += 1) {
      expect(lost.count).toBe(0);
      stream.deliver(batch(number, `${number}${large}`), 0);
    }
    stream.deliver(batch(4, 'late'), 0);
    expect(lost.count).toBe(1);
    const client = await begin();
    const events = await client.rest();
    expect(events).toEqual(LOST);
    expect(events.length).toBeLessThan(1000);
  });

  it('loses its stream for one event that is larger than the limit', async () => {
    const { stream, begin, lost } = await open();
    const client = await begin();
    stream.deliver(batch(1, 'x'.repeat(200_000)), 0);
    expect(await client.rest()).toEqual(LOST);
    expect(lost.count).toBe(1);
  });

  it('loses its stream when it reads nothing between two pings, and its connection if it does not read the end of the stream', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] });
    const { response, lost } = await open();
    vi.advanceTimersByTime(12_000);
    expect(lost.count).toBe(0);
    vi.advanceTimersByTime(12_000);
    expect(lost.count).toBe(1);
    expect(response.destroyed).toBe(false);
    vi.advanceTimersByTime(10_000);
    expect(response.destroyed).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});

const servers: Server[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

it('subscribers get EVENTS_LOST when more changes happen than can be delivered', async () => {
  const gateway = await startGateway({ store: createFile });
  const subscriber = await subscribe(gateway.url, 'subscription { redemptionChanged { id } }');
  const sqlite = new Sqlite(gateway.variables.DATABASE_URL);
  // A gap in the numbers means that the store has deleted earlier changes.
  sqlite.exec("INSERT INTO changes (number, promotion_id) VALUES (1000, 'any')");
  sqlite.close();
  expect(await subscriber.next()).toMatchObject({ errors: [{ extensions: { code: 'EVENTS_LOST', retryable: true } }] });
  expect(await subscriber.next()).toBe('complete');
  await untilListeners(gateway.url, 0);
  await gateway.stop();
});

/** Opens a stream. The client reads only the beginning of the answer until the test asks for the rest. */
async function open() {
  const server = createServer();
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = z.object({ port: z.number() }).parse(server.address());
  const client = connect(port, '127.0.0.1');
  client.write('GET / HTTP/1.0\r\n\r\n');
  const response = await requested(server);
  const lost = { count: 0 };
  const stream = new EventStream(response, () => {
    lost.count += 1;
  });
  const begin = async () => {
    stream.begin(new Response());
    await once(client, 'readable');
    return {
      isFull: () => response.writableNeedDrain,
      /** The whole body of the answer. */
      rest: async () => (await text(client)).split('\r\n\r\n')[1] ?? '',
    };
  };
  return { response, lost, stream, begin };
}

function requested(server: Server): Promise<ServerResponse> {
  return new Promise((resolve) => server.once('request', (_, response) => resolve(response)));
}

function batch(number: number, id: string) {
  const bytes = Buffer.from(`${number} of ${id}, `);
  return { bytes, events: [{ number, id, bytes }] };
}
