import type { ServerResponse } from 'node:http';
import { hasCurrent } from '../responses/etag.ts';
import { REQUEST_ID_HEADER } from '../responses/request-id.ts';
import type { Answer } from './answer-cache.ts';
import { cacheControlAt } from './lifetime.ts';

/** Headers that a 304 has no use for. */
const OF_THE_BODY: ReadonlySet<string> = new Set(['content-type', 'content-encoding']);

interface Sent {
  requestId: string;
  ifNoneMatch: string | undefined;
  /** How old the answer is, in milliseconds. */
  age: number;
}

/** Sends an answer, or 304 if the client already has it. */
export function sendAnswer(response: ServerResponse, answer: Answer, { requestId, ifNoneMatch, age }: Sent): void {
  const { headers, body, length, etag, lifetime } = answer;
  const own = ['cache-control', cacheControlAt(lifetime, age), REQUEST_ID_HEADER, requestId];
  if (etag !== null && ifNoneMatch !== undefined && hasCurrent(ifNoneMatch, etag)) {
    response.writeHead(304, [...withoutBody(headers), ...own]).end();
    return;
  }
  response.writeHead(200, [...headers, ...own, 'content-length', String(length)]).end(body);
}

function withoutBody(headers: readonly string[]): string[] {
  return headers.filter((_, index) => !OF_THE_BODY.has(headers[index - (index % 2)] ?? ''));
}
