import type { IncomingMessage, ServerResponse } from 'node:http';

/** How long a client may continue to send a body that is discarded, in milliseconds. */
const LINGER_MS = 1000;

/**
 * Discards the rest of a body if the response is sent before the body has arrived, and closes the connection if the client
 * does not finish soon. Closing it immediately could lose the response: a client that is still sending would see a reset
 * connection before it reads.
 */
export function discardUnreadBody(request: IncomingMessage, response: ServerResponse): void {
  if (request.complete) return;
  response.once('finish', () => {
    if (request.complete || request.destroyed) return;
    request.resume();
    const closing = setTimeout(() => request.destroy(), LINGER_MS);
    request.once('close', () => clearTimeout(closing));
  });
}
