import type { Plugin } from 'graphql-yoga';
import { codingFor, compress } from '../responses/compression.ts';

/**
 * Compresses large answers for clients that accept it. Streams of events stay as they are: an event would wait in the
 * encoder for the next one.
 *
 * An attacker cannot learn secrets from the length of a compressed answer (BREACH): for that, a page of the attacker must
 * send requests with the victim's credentials, and the gateway accepts none that a browser adds without the page's help.
 */
export function useCompression(): Plugin {
  return {
    onResponse({ request, response, setResponse, fetchAPI }) {
      const { headers, status, statusText } = response;
      const acceptEncoding = request.headers.get('accept-encoding');
      if (!acceptEncoding || !headers.get('content-type')?.includes('json')) return;
      const coding = codingFor(acceptEncoding, Number(headers.get('content-length')));
      if (coding === null) return;
      return response
        .arrayBuffer()
        .then((body) => compress(new Uint8Array(body), coding))
        .then((body) => {
          headers.set('content-encoding', coding);
          headers.set('content-length', String(body.length));
          setResponse(new fetchAPI.Response(body, { status, statusText, headers }));
        });
    },
  };
}
