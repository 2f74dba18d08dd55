import { constants } from 'node:buffer';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, inflateRaw, type ZlibOptions } from 'node:zlib';
import { GraphQLError } from 'graphql';

type Unpack = (packed: Uint8Array, options: ZlibOptions) => Promise<Buffer<ArrayBuffer>>;

const [unzip, unzlib, undeflate] = [promisify(gunzip), promisify(inflate), promisify(inflateRaw)];
/** What zlib's own format begins with. Many clients send "deflate" without it, against RFC 9110, 8.4.1.2. */
const isZlib = (packed: Uint8Array) => ((packed[0] ?? 0) & 0x0f) === 8;

const UNPACK: Record<string, Unpack> = {
  gzip: unzip,
  'x-gzip': unzip,
  deflate: (packed, options) => (isZlib(packed) ? unzlib : undeflate)(packed, options),
  br: promisify(brotliDecompress),
};

const ACCEPTED = 'gzip, deflate, br';

/** A body that is packed in a way that is not understood here. */
export class UnsupportedEncodingError extends GraphQLError {
  constructor() {
    const http = { status: 415, headers: { 'accept-encoding': ACCEPTED } };
    super(`The Content-Encoding of a request must be one of ${ACCEPTED}`, {
      extensions: { code: 'UNSUPPORTED_MEDIA_TYPE', http },
    });
  }
}

/** A body that is not what its Content-Encoding says. */
export class InvalidEncodingError extends GraphQLError {
  constructor(coding: string) {
    super(`The body is not valid ${coding}`, { extensions: { code: 'BAD_REQUEST', http: { status: 400 } } });
  }
}

/**
 * How a body with this Content-Encoding is packed; null: it is not.
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
  if (codings.length > 1 || !Object.hasOwn(UNPACK, coding)) throw new UnsupportedEncodingError();
  return coding;
}

/**
 * Unpacks a body of at most `limit` bytes; null for a larger one, of which no more than that is unpacked.
 * @throws {InvalidEncodingError}
 */
export async function unpack(coding: string, packed: Uint8Array, limit: number): Promise<Buffer<ArrayBuffer> | null> {
  try {
    const unpacked = await UNPACK[coding]?.(packed, { maxOutputLength: Math.min(limit, constants.MAX_LENGTH) });
    return unpacked ?? null;
  } catch (error) {
    if (error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') return null;
    throw new InvalidEncodingError(coding);
  }
}
