import type { IncomingMessage } from 'node:http';
import { BodyTooLargeError, ClientClosedError, OverloadedError } from './admission-errors.ts';
import { contentCodingOf, unpack } from './content-encoding.ts';
import type { DecompressionQueue } from './decompression-queue.ts';
import type { Quota } from './quota.ts';

export interface BodyLimits {
  /** In bytes, unpacked. */
  limit: number;
  /** Bytes that may be held at once. They count as they arrive: a body that is only announced counts nothing. */
  budget: Quota;
  /** Whose share of the budget is used. */
  share: string;
  unpacking: DecompressionQueue;
}

/** A body that has arrived. It counts as held until it is released. */
export interface ReceivedBody {
  bytes: Buffer<ArrayBuffer>;
  release(): void;
}

/** What packing may add to a body that cannot be made smaller, in bytes. */
const PACKING = 64 * 1024;

/** What a chunk takes beside its bytes, so that a body in chunks of one byte is counted by the memory that it needs. */
const CHUNK_BYTES = 256;

/**
 * Reads a body, unpacked where it is packed.
 * @throws {BodyTooLargeError} before more than the limit is read or unpacked
 * @throws {OverloadedError} when the share or the whole budget is used up
 * @throws {ClientClosedError}
 * @throws {UnsupportedEncodingError}
 * @throws {InvalidEncodingError}
 */
export async function readBody(request: IncomingMessage, rules: BodyLimits): Promise<ReceivedBody> {
  const coding = contentCodingOf(request.headers['content-encoding']);
  if (coding === null) return receive(request, rules);
  const packed = await receive(request, { ...rules, limit: rules.limit + PACKING });
  try {
    return await rules.unpacking.inTurn(rules.share, () => {
      if (request.socket.destroyed) throw new ClientClosedError();
      return unpacked(coding, packed.bytes, rules);
    });
  } finally {
    packed.release();
  }
}

/** All that it may become counts as held until it is known. */
async function unpacked(coding: string, packed: Buffer, { limit, budget, share }: BodyLimits): Promise<ReceivedBody> {
  if (!budget.take(share, limit)) throw new OverloadedError();
  let length = 0;
  try {
    const bytes = await unpack(coding, packed, limit);
    if (bytes === null) throw new BodyTooLargeError();
    length = bytes.length;
    return { bytes, release: () => budget.give(share, length) };
  } finally {
    budget.give(share, limit - length);
  }
}

/** @throws {BodyTooLargeError} for a body whose announced length is more than `limit` bytes */
export function refuseAnnounced({ headers }: IncomingMessage, limit: number): void {
  if (Number(headers['content-length'] ?? 0) > limit) throw new BodyTooLargeError();
}

function receive(request: IncomingMessage, { limit, budget, share }: BodyLimits): Promise<ReceivedBody> {
  refuseAnnounced(request, limit);
  return new Promise((resolve, reject) => {
    let chunks: Buffer<ArrayBuffer>[] = [];
    let length = 0;
    let taken = 0;
    const stop = () => request.off('data', add).off('end', finish).off('close', breakOff);
    const fail = (error: Error) => {
      stop();
      chunks = [];
      budget.give(share, taken);
      reject(error);
    };
    const add = (chunk: Buffer<ArrayBuffer>) => {
      length += chunk.length;
      const cost = chunk.length + CHUNK_BYTES;
      if (length > limit) return fail(new BodyTooLargeError());
      if (!budget.take(share, cost)) return fail(new OverloadedError());
      taken += cost;
      chunks.push(chunk);
    };
    const finish = () => {
      stop();
      const [first] = chunks;
      const bytes = chunks.length === 1 && first ? first : Buffer.concat(chunks);
      chunks = [];
      resolve({ bytes, release: () => budget.give(share, taken) });
    };
    const breakOff = () => fail(new ClientClosedError());
    if (request.destroyed) return breakOff();
    request.on('data', add).on('end', finish).on('close', breakOff);
  });
}
