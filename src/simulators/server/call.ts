import type { IncomingMessage } from 'node:http';

/** A call to the provider's API, as received. */
export interface ReceivedCall {
  method: string;
  /** Percent-encoded, as sent, without the query. */
  path: string;
  /** As sent, without the question mark; empty if there is none. */
  query: string;
  /** Names in lower case. */
  headers: Record<string, string>;
  /** The parsed JSON, or the text if it is not JSON; undefined for an empty body. */
  body: unknown;
}

export interface ApiCall extends ReceivedCall {
  /** The body as sent. */
  text: string;
}

/** Reads a whole call. Rejects if the client disconnects before its end. */
export async function receiveCall(request: IncomingMessage): Promise<ApiCall> {
  const [path = '', ...query] = (request.url ?? '').split('?');
  const text = await readText(request);
  return {
    method: request.method ?? '',
    path,
    query: query.join('?'),
    headers: singleHeaders(request),
    body: text === '' ? undefined : (parseJson(text) ?? text),
    text,
  };
}

/** Parses JSON; undefined if the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

function singleHeaders(request: IncomingMessage): Record<string, string> {
  const pairs = Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value ?? '')]);
  return Object.fromEntries(pairs);
}
