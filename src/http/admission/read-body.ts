import type { IncomingMessage } from 'node:http';
import { BodyTooLargeError, ClientClosedError, OverloadedError } from './admission-errors.ts';
import { contentCodingOf, decompress } from './content-encoding.ts';
import type { DecompressionQueue } from './decompression-queue.ts';
import type { Quota } from './quota.ts';

export interface BodyLimits {
  /** The largest body, in bytes after decompression. */
  limit: number;
  /** Bytes in memory. They count as they arrive: an announced length counts nothing. */
  quota: Quota;
  /** Whose quota the body counts towards. */
  owner: string;
  decompression: DecompressionQueue;
}

/** A complete body. It counts towards the quota until it is released. */
export interface ReceivedBody {
  bytes: Buffer<ArrayBuffer>;
  release(): void;
}

/** How much larger than its content a compressed body may be, in bytes. */
const COMPRESSION_OVERHEAD = 64 * 1024;

/** The memory of a chunk besides its bytes, so that a body in chunks of one byte counts what it really needs. */
const CHUNK_OVERHEAD = 256;

/**
 * Reads a body and decompresses it.
 * @throws {BodyTooLargeError} before more than the limit is read or decompressed
 * @throws {OverloadedError} if the quota is used up
 * @throws {ClientClosedError}
 * @throws {UnsupportedEncodingError}
 * @throws {InvalidEncodingError}
 */
export async function readBody(request: IncomingMessage, limits: BodyLimits): Promise<ReceivedBody> {
  const coding = contentCodingOf(request.headers['content-encoding']);
  if (coding === null) return receive(request, limits);
  const compressed = await receive(request, { ...limits, limit: limits.limit + COMPRESSION_OVERHEAD });
  try {
    return await limits.decompression.inTurn(limits.owner, () => {
      if (request.socket.destroyed) throw new ClientClosedError();
      return decompressed(coding, compressed.bytes, limits);
    });
  } finally {
    compressed.release();
  }
}

/** Reserves the full limit until the decompressed size is known. */
async function decompressed(
  coding: string,
  compressed: Buffer,
  { limit, quota, owner }: BodyLimits,
): Promise<ReceivedBody> {
  if (!quota.take(owner, limit)) throw new OverloadedError();
  let length = 0;
  try {
    const bytes = await decompress(coding, compressed, limit);
    if (bytes === null) throw new BodyTooLargeError();
    length = bytes.length;
    return { bytes, release: () => quota.release(owner, length) };
  } finally {
    quota.release(owner, limit - length);
  }
}

/** @throws {BodyTooLargeError} if the announced length is more than `limit` bytes */
export function rejectAnnouncedLength({ headers }: IncomingMessage, limit: number): void {
  if (Number(headers['content-length'] ?? 0) > limit) throw new BodyTooLargeError();
}

function receive(request: IncomingMessage, { limit, quota, owner }: BodyLimits): Promise<ReceivedBody> {
  rejectAnnouncedLength(request, limit);
  return new Promise((resolve, reject) => {
    let chunks: Buffer<ArrayBuffer>[] = [];
    let length = 0;
    let taken = 0;
    const stop = () => request.off('data', add).off('end', finish).off('close', abort);
    const fail = (error: Error) => {
      stop();
      chunks = [];
      quota.release(owner, taken);
      reject(error);
    };
    const add = (chunk: Buffer<ArrayBuffer>) => {
      length += chunk.length;
      const cost = chunk.length + CHUNK_OVERHEAD;
      if (length > limit) return fail(new BodyTooLargeError());
      if (!quota.take(owner, cost)) return fail(new OverloadedError());
      taken += cost;
      chunks.push(chunk);
    };
    const finish = () => {
      stop();
      const [first] = chunks;
      const bytes = chunks.length === 1 && first ? first : Buffer.concat(chunks);
      chunks = [];
      resolve({ bytes, release: () => quota.release(owner, taken) });
    };
    const abort = () => fail(new ClientClosedError());
    if (request.destroyed) return abort();
    request.on('data', add).on('end', finish).on('close', abort);
  });
}
