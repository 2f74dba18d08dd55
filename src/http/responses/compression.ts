/// <reference path="./negotiator.d.ts" />
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import Negotiator from 'negotiator';

/** The codings of our responses, as Content-Encoding names them. The first is preferred. */
const CODINGS = ['br', 'gzip'] as const;

export type ContentCoding = (typeof CODINGS)[number];

/**
 * `FAST` is for a body that is sent once: the default levels of zlib take up to twice its time and save 8 % more.
 * `SMALL` is for a body that is sent many times.
 */
export type Effort = 'FAST' | 'SMALL';

/**
 * Shorter bodies are sent as they are. Compressing takes 0.2 ms, whatever the length. A body of 4 kB shrinks to 1 kB, and
 * so from three packets to one; below that, little or nothing is saved.
 */
export const MIN_COMPRESSED_BYTES = 4096;

/** Most requests do not refuse anything, and most answers are small: then nothing has to be negotiated. */
const REFUSES_SOMETHING = /q=0/i;

const LEVELS = {
  br: { FAST: 1, SMALL: 5 },
  gzip: { FAST: 1, SMALL: 6 },
};

const [encodeBrotli, encodeGzip] = [promisify(brotliCompress), promisify(gzip)];

/**
 * The coding in which a body is sent; null: as it is.
 *
 * A body shorter than {@link MIN_COMPRESSED_BYTES} is compressed only if the client refuses it otherwise (`identity;q=0`). A
 * client that refuses every coding gets the body as it is: RFC 9110, 12.5.3, allows that instead of a 406.
 * @param acceptEncoding the request's Accept-Encoding
 * @param length of the body, in bytes
 */
export function codingFor(acceptEncoding: string | undefined, length: number): ContentCoding | null {
  if (!acceptEncoding) return null;
  if (length < MIN_COMPRESSED_BYTES && !REFUSES_SOMETHING.test(acceptEncoding)) return null;
  const negotiator = new Negotiator({ headers: { 'accept-encoding': acceptEncoding } });
  const accepted = negotiator.encodings([...CODINGS, 'identity'], { preferred: CODINGS });
  if (length < MIN_COMPRESSED_BYTES && accepted.includes('identity')) return null;
  const [best] = accepted;
  return CODINGS.find((coding) => coding === best) ?? null;
}

/** Compresses a body outside of the event loop. */
export function compress(
  bytes: Uint8Array,
  coding: ContentCoding,
  effort: Effort = 'FAST',
): Promise<Buffer<ArrayBuffer>> {
  const level = LEVELS[coding][effort];
  if (coding === 'gzip') return encodeGzip(bytes, { level });
  return encodeBrotli(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: level, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
}
