import { constants } from 'node:buffer';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, inflateRaw, type ZlibOptions } from 'node:zlib';
import { GraphQLError } from 'graphql';

type Decompress = (compressed: Uint8Array, options: ZlibOptions) => Promise<Buffer<ArrayBuffer>>;

const [decodeGzip, decodeZlib, decodeRawDeflate] = [promisify(gunzip), promisify(inflate), promisify(inflateRaw)];
/** Many clients send "deflate" without the zlib header, contrary to RFC 9110, 8.4.1.2. */
const hasZlibHeader = (compressed: Uint8Array) => ((compressed[0] ?? 0) & 0x0f) === 8;

const DECODERS: Record<string, Decompress> = {
  gzip: decodeGzip,
  'x-gzip': decodeGzip,
  deflate: (compressed, options) => (hasZlibHeader(compressed) ? decodeZlib : decodeRawDeflate)(compressed, options),
  br: promisify(brotliDecompress),
};

const ACCEPTED = 'gzip, deflate, br';

/** The Content-Encoding of a request is not supported. Answered with 415. */
export class UnsupportedEncodingError extends GraphQLError {
  constructor() {
    const http = { status: 415, headers: { 'accept-encoding': ACCEPTED } };
    super(`The Content-Encoding of a request must be one of ${ACCEPTED}`, {
      extensions: { code: 'UNSUPPORTED_MEDIA_TYPE', http },
    });
  }
}

/** A body does not match its Content-Encoding. Answered with 400. */
export class InvalidEncodingError extends GraphQLError {
  constructor(coding: string) {
    super(`The body is not valid ${coding}`, { extensions: { code: 'BAD_REQUEST', http: { status: 400 } } });
  }
}

/**
 * The coding in a Content-Encoding header; null if the body is not compressed.
 * @throws {UnsupportedEncodingError}
 */
export function contentCodingOf(encoding: string | undefined): string | null {
  if (encoding === undefined) return null;
  const codings = encoding
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity');
  const [coding] = codings;
  if (coding === undefined) return null;
  if (codings.length > 1 || !Object.hasOwn(DECODERS, coding)) throw new UnsupportedEncodingError();
  return coding;
}

/**
 * Decompresses a body of at most `limit` bytes. Stops and returns null if the body is larger.
 * @throws {InvalidEncodingError}
 */
export async function decompress(
  coding: string,
  compressed: Uint8Array,
  limit: number,
): Promise<Buffer<ArrayBuffer> | null> {
  try {
    const bytes = await DECODERS[coding]?.(compressed, { maxOutputLength: Math.min(limit, constants.MAX_LENGTH) });
    return bytes ?? null;
  } catch (error) {
    if (error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') return null;
    throw new InvalidEncodingError(coding);
  }
}
