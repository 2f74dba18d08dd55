import type { IncomingMessage, ServerResponse } from 'node:http';

/** How long a client may continue to send a body that is discarded, in milliseconds. */
const LINGER_MS = 1000;

/**
 * If a request is answered before its body has arrived, discards the rest, and closes the connection of a client that does
 * not finish soon. Closing it at once could lose the answer: a client that is still sending would find its connection reset
 * before it reads.
 */
export function discardRest(request: IncomingMessage, response: ServerResponse): void {
  if (request.complete) return;
  response.once('finish', () => {
    if (request.complete || request.destroyed) return;
    request.resume();
    const closing = setTimeout(() => request.destroy(), LINGER_MS);
    request.once('close', () => clearTimeout(closing));
  });
}
