import { createServer, type IncomingMessage, type Server } from 'node:http';
import { json } from 'node:stream/consumers';
import { z } from 'zod';

/** What the shop knows of a shopper, by its own session. */
export interface Session {
  customerId: string | null;
  order: { id: string; amount: { minorUnits: number; currency: string } };
}

const OPERATION = z.object({ extensions: z.unknown(), variables: z.record(z.string(), z.unknown()).default({}) });

/** The server between the page and the gateway: it holds the key, and says whose order it is. */
export function createCheckoutServer(
  gateway: { url: string; key: string },
  sessionOf: (request: IncomingMessage) => Session,
): Server {
  return createServer(async (request, response) => {
    const sent = OPERATION.safeParse(await json(request).catch(() => null));
    if (!sent.success) {
      response.writeHead(400).end();
      return;
    }
    const { customerId, order } = sessionOf(request);
    // Last, so that the page cannot set them. An operation ignores what it does not declare.
    const variables = { ...sent.data.variables, customerId, order, orderAmount: order.amount };
    const answer = await fetch(gateway.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${gateway.key}` },
      body: JSON.stringify({ extensions: sent.data.extensions, variables }),
    });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
  });
}
