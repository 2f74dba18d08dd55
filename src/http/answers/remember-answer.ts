import type { ServerResponse } from 'node:http';
import type { AskedQuery } from '../request-facts.ts';
import { isJson } from '../responses/is-json.ts';
import { REQUEST_ID_HEADER } from '../responses/request-id.ts';
import type { Answer, AnswerCache } from './answer-cache.ts';
import { lifetimeOf } from './lifetime.ts';
import { sendAnswer } from './send-answer.ts';

/** The headers that differ from request to request, or that every response gets when it is sent. */
const OWN: ReadonlySet<string> = new Set([REQUEST_ID_HEADER, 'cache-control', 'content-length']);

/** Whether the response to a query can be sent again: a complete answer, with a basis. */
export function isRepeatable({ executed }: AskedQuery, response: Response): boolean {
  return executed !== null && response.status === 200 && isJson(response);
}

/** Sends the response to a query, and stores it for the next equal one. */
export async function sendAndRemember(
  cache: AnswerCache,
  { key, begun, executed }: AskedQuery,
  from: Response,
  to: ServerResponse,
): Promise<void> {
  if (executed === null) throw new Error('The query was not executed');
  const { headers } = from;
  const isCompressed = headers.has('content-encoding');
  // The response has the body as a text, unless it is compressed.
  const body = isCompressed ? Buffer.from(await from.arrayBuffer()) : await from.text();
  const answer: Answer = {
    ...executed,
    headers: [...headers].filter(([name]) => !OWN.has(name)).flat(),
    body,
    length: Buffer.byteLength(body),
    etag: headers.get('etag'),
    lifetime: lifetimeOf(headers.get('cache-control') ?? ''),
  };
  sendAnswer(to, answer, { requestId: headers.get(REQUEST_ID_HEADER) ?? '', ifNoneMatch: undefined, age: 0 });
  cache.store(key, answer, begun);
}
