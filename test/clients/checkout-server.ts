import { createServer, type IncomingMessage, type Server } from 'node:http';
import { json } from 'node:stream/consumers';
import { z } from 'zod';

/** What the shop knows of a shopper, by its own session. */
export interface Session {
  customerId: string | null;
  order: { id: string; amount: { minorUnits: number; currency: string } };
  /** The order's hold, once there is one. */
  holdId?: string;
}

export interface Gateway {
  url: string;
  key: string;
}

const SENT = z.object({
  extensions: z.object({ persistedQuery: z.object({ sha256Hash: z.string() }) }),
  variables: z.record(z.string(), z.unknown()).default({}),
});
const HELD = z.object({ data: z.object({ holdPromoCode: z.object({ redemption: z.object({ id: z.string() }) }) }) });

/** Sends an operation by its hash, with the key. @returns the answer in JSON */
export async function callGateway(
  { url, key }: Gateway,
  documentId: string,
  variables: object,
  headers: Record<string, string> = {},
): Promise<unknown> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ documentId, variables }),
  });
  return answer.json();
}

/**
 * The server between the page and the gateway: it holds the key, and says whose order it is.
 * @param operations the hashes of what a page may do
 */
export function createCheckoutServer(
  gateway: Gateway,
  operations: ReadonlySet<string>,
  sessionOf: (request: IncomingMessage) => Promise<Session>,
): Server {
  async function answer(request: IncomingMessage): Promise<unknown> {
    const session = await sessionOf(request);
    // Nothing but JSON, because a page of another site can send a form with the shopper's cookie.
    const isJson = request.headers['content-type']?.startsWith('application/json');
    const sent = SENT.safeParse(isJson ? await json(request).catch(() => null) : null);
    const hash = sent.data?.extensions.persistedQuery.sha256Hash;
    if (hash === undefined || !operations.has(hash)) return { errors: [{ message: 'Unknown operation' }] };
    const { customerId, order, holdId } = session;
    // Last, so that the page cannot set them. An operation ignores what it does not declare.
    const variables = { ...sent.data?.variables, customerId, order, holdId };
    const address = { 'x-forwarded-for': request.socket.remoteAddress ?? '' };
    const answered = await callGateway(gateway, hash, variables, address);
    const held = HELD.safeParse(answered);
    if (held.success) session.holdId = held.data.data.holdPromoCode.redemption.id;
    return answered;
  }

  return createServer((request, response) => {
    const unavailable = { errors: [{ message: 'Try again later', extensions: { code: 'UNAVAILABLE' } }] };
    answer(request)
      .catch(() => unavailable)
      .then((body) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body)));
  });
}
