import { parse } from 'graphql';
import { afterEach, expect, it } from 'vitest';
import { DocumentCache } from '../../../src/http/documents/document-cache.ts';
import { type RunningGateway, startGateway } from '../../support/start-gateway.ts';

const HOT = '{ hot }';
/** A short operation with one long comment, or with many short ones. The parsed document keeps both. */
const longComment = (number: number) => `{ __typename } # ${number} ${'x'.repeat(10_000)}`;
const shortComments = (number: number) => `{ __typename } # ${number}${'\n#'.repeat(1000)}`;

/** Uses the cache as a request does. */
function send(cache: DocumentCache, text: string): void {
  if (!cache.get(text)) cache.offer(parse(text));
}

it('parsed documents take no more bytes than the cache may have, whatever they contain', () => {
  for (const make of [longComment, shortComments]) {
    const cache = new DocumentCache(4_500_000);
    for (let number = 0; number < 200; number += 1) {
      for (let time = 0; time < 2; time += 1) send(cache, make(number));
      expect(cache.bytes).toBeLessThanOrEqual(4_500_000);
    }
    // Each document takes at least 40 kB for its text, or 500 kB for its comments.
    expect(cache.count).toBeLessThanOrEqual(make === longComment ? 110 : 9);
    expect(cache.count).toBeGreaterThan(0);
  }
});

it('a document is cached when it is seen for the second time', () => {
  const cache = new DocumentCache(1_000_000);
  send(cache, HOT);
  expect([cache.count, cache.bytes]).toEqual([0, 0]);
  send(cache, HOT);
  expect(cache.get(HOT)).toBeDefined();
});

it('a document in use is not evicted by documents that are sent once or twice', () => {
  const cache = new DocumentCache(1_000_000);
  for (let time = 0; time < 2; time += 1) send(cache, HOT);
  const kept = cache.get(HOT);
  for (let number = 0; number < 10_000; number += 1) send(cache, `{ once } # ${number}`);
  expect(cache.get(HOT)).toBe(kept);
  expect(cache.count).toBe(1);
  for (let number = 0; number < 2000; number += 1) {
    for (let time = 0; time < 2; time += 1) send(cache, `{ twice } # ${number}`);
    expect(cache.get(HOT)).toBe(kept);
  }
});

it('a document that would take most of the cache is not cached', () => {
  const cache = new DocumentCache(1_000_000);
  for (let time = 0; time < 3; time += 1) send(cache, shortComments(1));
  expect(cache.count).toBe(0);
});

let gateway: RunningGateway | undefined;
afterEach(() => gateway?.stop());

it('a gateway caches operations that it answers twice, within the configured size, and no invalid ones', async () => {
  const started = await startGateway({ settings: { DOCUMENT_CACHE_BYTES: '500000', ANSWER_CACHE_BYTES: '0' } });
  gateway = started;
  const metric = async (name: string) => {
    const text = await (await fetch(new URL('/metrics', started.url))).text();
    return Number(new RegExp(`^promo_gateway_document_cache_${name} (.*)$`, 'm').exec(text)?.[1]);
  };
  for (let time = 0; time < 3; time += 1) {
    await started.send(`{ nonsense # ${'x'.repeat(5000)}`);
    await started.send(`{ nonsense } # ${'x'.repeat(5000)}`);
  }
  expect([await metric('documents'), await metric('bytes')]).toEqual([0, 0]);
  for (let number = 0; number < 20; number += 1) {
    for (let time = 0; time < 3; time += 1) {
      expect(await started.run(longComment(number))).toEqual({ __typename: 'Query' });
    }
  }
  const [documents, bytes] = [await metric('documents'), await metric('bytes')];
  expect(documents).toBeGreaterThan(0);
  expect(documents).toBeLessThan(20);
  expect(bytes).toBeLessThanOrEqual(500_000);
  expect(bytes).toBeGreaterThan(documents * 10_000);
});
