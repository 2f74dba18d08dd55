import { readFileSync } from 'node:fs';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { codingFor, compress, MIN_COMPRESSED_BYTES } from '../../../src/http/responses/compression.ts';

const LARGE = MIN_COMPRESSED_BYTES;
const SMALL = MIN_COMPRESSED_BYTES - 1;

describe('the coding of a response', () => {
  it.each([
    [undefined, null],
    ['', null],
    ['identity', null],
    ['deflate, zstd', null],
    ['gzip', 'gzip'],
    ['br', 'br'],
    ['GZIP', 'gzip'],
    ['gzip, deflate, br, zstd', 'br'],
    ['*', 'br'],
    ['*;q=0.5, br;q=0', 'gzip'],
    ['br;q=0.5, gzip', 'gzip'],
    ['br;q=0.001, gzip;q=0', 'br'],
    ['gzip;q=0', null],
    ['identity, gzip;q=0.5', null],
    ['gzip;q=0.5, identity;q=0.4', 'gzip'],
    ['gzip, identity;q=0', 'gzip'],
    ['identity;q=0', null],
    ['*;q=0', null],
    [';;,q=', null],
  ])('of a large body for a client that accepts %j is %j', (acceptEncoding, coding) => {
    expect(codingFor(acceptEncoding, LARGE)).toBe(coding);
  });

  it.each([
    ['gzip, br', null],
    ['*', null],
    ['gzip, identity;q=0', 'gzip'],
    ['br, *;q=0', 'br'],
    ['identity;q=0', null],
  ])('of a small body for a client that accepts %j is %j', (acceptEncoding, coding) => {
    expect(codingFor(acceptEncoding, SMALL)).toBe(coding);
  });
});

describe('a compressed body', () => {
  const body = readFileSync('schema.graphql');

  it.each([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ] as const)('is %s, smaller, and the same after it is decompressed', async (coding, decompress) => {
    for (const effort of ['FAST', 'SMALL'] as const) {
      const compressed = await compress(body, coding, effort);
      expect(compressed.length).toBeLessThan(body.length / 2);
      expect(decompress(compressed).equals(body)).toBe(true);
    }
  });

  it('is smaller with the effort for a body that is sent many times', async () => {
    for (const coding of ['br', 'gzip'] as const) {
      const [fast, small] = await Promise.all([compress(body, coding, 'FAST'), compress(body, coding, 'SMALL')]);
      expect(small.length).toBeLessThan(fast.length);
    }
  });
});
