import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { codingOf, unpack } from './content-encoding.ts';

/** A body that is larger than it may be. */
export class TooLarge extends GraphQLError {
  constructor() {
    super('The request is too large', { extensions: { code: 'REQUEST_ENTITY_TOO_LARGE', http: { status: 413 } } });
  }
}

/** What packing may add to a body that cannot be made smaller, in bytes. */
const PACKING = 64 * 1024;

/**
 * Refuses bodies of more than `limit` bytes with 413; a packed one counts by what it unpacks to. Yoga's own guard pipes
 * every body through a stream, which costs more than half of a request; here a body whose length is announced is judged
 * by that, and node holds it to it.
 */
export function useBodyLimit(limit: number): Plugin {
  return {
    onRequestParse({ request, requestParser, setRequestParser, fetchAPI }) {
      const isPacked = request.body !== null && codingOf(request) !== null;
      if (!isPacked && announced(request) !== null) {
        refuseAbove(limit, request);
        return;
      }
      if (!requestParser || !request.body) return;
      setRequestParser(async () => {
        const { url, method, signal } = request;
        const body = await readBody(limit, request);
        const headers = new fetchAPI.Headers(request.headers);
        // They are of the body as it was sent.
        for (const name of ['content-encoding', 'content-length']) headers.delete(name);
        return requestParser(new fetchAPI.Request(url, { method, headers, signal, body }));
      });
    },
  };
}

/**
 * Reads a body of at most `limit` bytes, unpacked where it is packed.
 * @throws {TooLarge} before more is read or unpacked
 * @throws {UnsupportedEncodingError}
 * @throws {BrokenEncodingError}
 */
export async function readBody(limit: number, request: Request): Promise<Uint8Array<ArrayBuffer>> {
  const coding = codingOf(request);
  if (coding === null) return readUpTo(limit, request);
  const unpacked = await unpack(coding, await readUpTo(limit + PACKING, request), limit);
  if (unpacked === null) throw new TooLarge();
  return unpacked;
}

/** @throws {TooLarge} before more is read */
async function readUpTo(limit: number, request: Request): Promise<Uint8Array<ArrayBuffer>> {
  refuseAbove(limit, request);
  const chunks: Uint8Array[] = [];
  let length = 0;
  // A `for await` over the body would cut the connection before the refusal is sent.
  const reader = request.body?.getReader();
  for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
    length += next.value.byteLength;
    if (length > limit) throw new TooLarge();
    chunks.push(next.value);
  }
  return Buffer.concat(chunks);
}

function refuseAbove(limit: number, request: Request): void {
  if (Number(announced(request) ?? 0) > limit) throw new TooLarge();
}

function announced(request: Request): string | null {
  return request.headers.get('content-length');
}
