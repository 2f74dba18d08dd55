import type { ServerResponse } from 'node:http';
import { hasCurrent } from '../responses/etag.ts';
import { REQUEST_ID_HEADER } from '../responses/request-id.ts';
import type { Answer } from './answer-cache.ts';

/** Headers that a 304 has no use for. */
const OF_THE_BODY: ReadonlySet<string> = new Set(['content-type', 'content-encoding']);

const MAX_AGE = /max-age=(\d+)/;

interface Sent {
  requestId: string;
  ifNoneMatch: string | undefined;
  /** How old the answer is, in milliseconds. */
  age: number;
}

/** Sends an answer, or 304 if the client already has it. */
export function sendAnswer(response: ServerResponse, answer: Answer, { requestId, ifNoneMatch, age }: Sent): void {
  const { headers, body, etag } = answer;
  const own = ['cache-control', aged(answer.cacheControl, age), REQUEST_ID_HEADER, requestId];
  if (etag !== null && ifNoneMatch !== undefined && hasCurrent(ifNoneMatch, etag)) {
    response.writeHead(304, [...withoutBody(headers), ...own]).end();
    return;
  }
  response.writeHead(200, [...headers, ...own, 'content-length', String(body.length)]).end(body);
}

/** What is left of the lifetime that Cache-Control states. */
function aged(cacheControl: string, age: number): string {
  if (age < 1000) return cacheControl;
  return cacheControl.replace(MAX_AGE, (_, seconds: string) => {
    const left = Number(seconds) - Math.ceil(age / 1000);
    return left > 0 ? `max-age=${left}` : 'no-cache';
  });
}

function withoutBody(headers: readonly string[]): string[] {
  return headers.filter((_, index) => !OF_THE_BODY.has(headers[index - (index % 2)] ?? ''));
}
