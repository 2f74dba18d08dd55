import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';

/** A received request. */
export interface ReceivedRequest {
  method: string;
  /** Including the query. */
  path: string;
  headers: IncomingMessage['headers'];
  /** The JSON, or the fields of a form by their names as sent. */
  body: unknown;
}

/** A server with scripted answers, for answers that no simulator gives. */
export interface ScriptedServer {
  url: string;
  received: ReceivedRequest[];
  /** Sets the answer to all further requests, as JSON. */
  answer(body: unknown, status?: number): void;
  /** Sets the handler of all further requests. */
  treat(listener: RequestListener): void;
  close(): Promise<void>;
}

export async function startScriptedServer(): Promise<ScriptedServer> {
  const received: ReceivedRequest[] = [];
  let listener: RequestListener = (_, response) => response.end('{}');
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const text = Buffer.concat(chunks).toString();
    const { method = '', url: path = '', headers } = request;
    received.push({ method, path, headers, body: text === '' ? undefined : bodyOf(text, headers['content-type']) });
    listener(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    received,
    answer(body, status = 200) {
      listener = (_, response) => response.writeHead(status).end(JSON.stringify(body));
    },
    treat(treatment) {
      listener = treatment;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function bodyOf(text: string, contentType = ''): unknown {
  return contentType.includes('form-urlencoded') ? Object.fromEntries(new URLSearchParams(text)) : JSON.parse(text);
}
