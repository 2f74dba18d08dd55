import { type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AnsweredRequest } from '../../telemetry/request-log.ts';
import { REQUEST_ID_HEADER, requestIdOf } from './request-id.ts';
import { discardRest } from './unread-body.ts';

/** The message of an error that is a bug. */
export const UNEXPECTED = 'Unexpected error.';

/** An answer without an operation: a refusal before one, a probe, a page. */
export interface PlainResponse {
  status: number;
  body: string | Buffer;
  headers: OutgoingHttpHeaders;
  /** True for an answer without a line in the log: a probe or a scrape that succeeded, or one that is logged elsewhere. */
  isRoutine?: boolean;
}

/** A refusal as short JSON, in the form of GraphQL's errors. */
export function refusal(
  status: number,
  code: string,
  message: string,
  headers: OutgoingHttpHeaders = {},
): PlainResponse {
  const body = JSON.stringify({ errors: [{ message, extensions: { code } }] });
  const own = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };
  return { status, body, headers: { ...own, ...headers } };
}

/** Sends every answer that does not come from an operation: with an X-Request-Id, and a line in the log. */
export class Responder {
  readonly #logRequest: (answered: AnsweredRequest) => void;

  constructor(logRequest: (answered: AnsweredRequest) => void) {
    this.#logRequest = logRequest;
  }

  /** @returns the id of the request */
  send(request: IncomingMessage, response: ServerResponse, answer: PlainResponse): string {
    const requestId = requestIdOf(request.headers[REQUEST_ID_HEADER]);
    discardRest(request, response);
    response.writeHead(answer.status, headersOf(answer, requestId)).end(answer.body);
    this.#log(requestId, answer);
    return requestId;
  }

  /** Responder on a connection where node found no request that it could hand on, and closes it. */
  sendRaw(socket: Duplex, answer: PlainResponse): void {
    const requestId = requestIdOf(null);
    const lines = Object.entries(headersOf(answer, requestId)).map(([name, value]) => `${name}: ${value}`);
    const start = `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status]}`;
    socket.end(`${[start, ...lines, 'connection: close'].join('\r\n')}\r\n\r\n${answer.body}`, () => socket.destroy());
    this.#log(requestId, answer);
  }

  #log(requestId: string, { status, isRoutine }: PlainResponse): void {
    if (!isRoutine) this.#logRequest({ requestId, caller: null, status, milliseconds: 0 });
  }
}

function headersOf({ headers, body }: PlainResponse, requestId: string): OutgoingHttpHeaders {
  return { ...headers, 'content-length': Buffer.byteLength(body), [REQUEST_ID_HEADER]: requestId };
}
