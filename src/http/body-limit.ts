import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/**
 * Refuses bodies of more than `limit` bytes with 413. Yoga's own guard pipes every body through a stream, which costs
 * more than half of a request; here a body whose length is announced is judged by that, and node holds it to it.
 */
export function useBodyLimit(limit: number): Plugin {
  return {
    onRequestParse({ request, requestParser, setRequestParser, fetchAPI }) {
      const announced = request.headers.get('content-length');
      if (announced !== null) {
        if (Number(announced) > limit) throw tooLarge();
        return;
      }
      const { body } = request;
      if (!requestParser || !body) return;
      setRequestParser(async () => {
        const { url, method, headers, signal } = request;
        return requestParser(new fetchAPI.Request(url, { method, headers, signal, body: await readUpTo(limit, body) }));
      });
    },
  };
}

async function readUpTo(limit: number, body: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // A `for await` over the body would cut the connection before the refusal is sent.
  const reader = body.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    length += next.value.byteLength;
    if (length > limit) throw tooLarge();
    chunks.push(next.value);
  }
  return Buffer.concat(chunks);
}

function tooLarge(): GraphQLError {
  return new GraphQLError('The request is too large', {
    extensions: { code: 'REQUEST_ENTITY_TOO_LARGE', http: { status: 413 } },
  });
}
