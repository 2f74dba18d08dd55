import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { MIN_COMPRESSED_BYTES } from '../../src/http/responses/compression.ts';
import { sharedGateway } from '../support/gateways.ts';
import { openShop } from '../support/shop.ts';
import { sendRaw } from './send-raw.ts';

const gateway = await sharedGateway();

const LARGE = '{ promoCodes(first: 50) { nodes { id code status metadata } } }';
const SMALL = '{ promoCodes(first: 1) { nodes { id } } }';

beforeAll(async () => {
  const metadata = { note: 'a text of some length, as merchants write it '.repeat(8) };
  for (let count = 0; count < 10; count += 1) await openShop(gateway).createPromoCode({ metadata });
});

const get = (query: string, headers: Record<string, string> = {}) =>
  sendRaw(`${gateway.url}?${new URLSearchParams({ query })}`, { headers: { accept: 'application/json', ...headers } });
const post = (query: string, headers: Record<string, string> = {}) =>
  sendRaw(
    gateway.url,
    { method: 'POST', headers: { 'content-type': 'application/json', ...headers } },
    JSON.stringify({ query }),
  );

describe.each([
  ['GET', get],
  ['POST', post],
] as const)('an answer to %s', (_, ask) => {
  it.each([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ] as const)(
    'that is large is sent as %s if the client accepts it, the first time and again',
    async (coding, decompress) => {
      const plain = await ask(LARGE);
      expect(plain.headers).not.toHaveProperty('content-encoding');
      expect(plain.body.length).toBeGreaterThan(MIN_COMPRESSED_BYTES);
      for (let count = 0; count < 2; count += 1) {
        const { status, headers, body } = await ask(LARGE, { 'accept-encoding': coding });
        expect([status, headers['content-encoding']]).toEqual([200, coding]);
        expect(headers['content-length']).toBe(String(body.length));
        expect(body.length).toBeLessThan(plain.body.length / 2);
        expect(decompress(body).equals(plain.body)).toBe(true);
      }
    },
  );

  it('that is small is sent as it is, unless the client refuses that', async () => {
    const plain = await ask(SMALL, { 'accept-encoding': 'gzip, br' });
    expect(plain.headers).not.toHaveProperty('content-encoding');
    const { headers, body } = await ask(SMALL, { 'accept-encoding': 'gzip, identity;q=0' });
    expect(headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(body).equals(plain.body)).toBe(true);
  });

  it('that is an error is compressed as well', async () => {
    const { status, headers, body } = await ask('{ nonsense }', { 'accept-encoding': 'br, identity;q=0' });
    expect([headers['content-encoding'], headers['cache-control']]).toEqual(['br', 'no-store, max-age=0']);
    expect(JSON.parse(brotliDecompressSync(body).toString())).toHaveProperty('errors');
    expect(status).toBe((await ask('{ nonsense }')).status);
  });
});

it('a cache in front keeps an answer to GET for each Accept-Encoding', async () => {
  for (const query of [LARGE, SMALL]) expect((await get(query)).headers.vary).toContain('Accept-Encoding');
});

it('an ETag is that of a coding, and 304 is for a client that accepts the same coding', async () => {
  const [plain, gzip, br] = [
    await get(LARGE),
    await get(LARGE, { 'accept-encoding': 'gzip' }),
    await get(LARGE, { 'accept-encoding': 'br' }),
  ];
  const tags = [plain, gzip, br].map(({ headers }) => headers.etag ?? '');
  expect(new Set(tags).size).toBe(3);
  const [, ofGzip = '', ofBr = ''] = tags;
  for (let count = 0; count < 2; count += 1) {
    const again = await get(LARGE, { 'accept-encoding': 'gzip', 'if-none-match': ofGzip });
    expect([again.status, again.body.length, again.headers.etag]).toEqual([304, 0, ofGzip]);
    expect(again.headers).not.toHaveProperty('content-encoding');
    expect((await get(LARGE, { 'accept-encoding': 'gzip', 'if-none-match': ofBr })).status).toBe(200);
  }
});

it('a stream of events is not compressed', async () => {
  const abort = new AbortController();
  const answer = await fetch(gateway.url, {
    method: 'POST',
    headers: {
      accept: 'text/event-stream',
      'content-type': 'application/json',
      'accept-encoding': 'gzip, identity;q=0',
    },
    body: JSON.stringify({ query: 'subscription { redemptionChanged { id } }' }),
    signal: abort.signal,
  });
  expect([answer.status, answer.headers.get('content-encoding')]).toEqual([200, null]);
  abort.abort();
});
