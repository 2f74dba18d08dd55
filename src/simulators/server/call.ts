import type { IncomingMessage } from 'node:http';

/** A call to the provider's API as it came in. */
export interface ReceivedCall {
  method: string;
  /** Percent-encoded as sent, without the query. */
  path: string;
  /** As sent, without the question mark; empty without one. */
  query: string;
  /** Names in lower case. */
  headers: Record<string, string>;
  /** Parsed where the text is JSON, else the text; undefined for an empty body. */
  body: unknown;
}

export interface ApiCall extends ReceivedCall {
  text: string;
}

/** Reads a call to its end. Rejects when the client goes away before that. */
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

/** The JSON value in a text, or undefined for a text that is not JSON. */
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
