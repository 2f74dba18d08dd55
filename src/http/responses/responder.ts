import { type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AnsweredRequest } from '../../telemetry/request-log.ts';
import { REQUEST_ID_HEADER, requestIdOf } from './request-id.ts';
import { discardUnreadBody } from './unread-body.ts';

/** The message that replaces the message of a bug. */
export const UNEXPECTED_ERROR = 'Unexpected error.';

/** The Cache-Control of what no cache may keep. Hive Gateway's responseCaching reads only max-age. */
export const NO_STORE = 'no-store, max-age=0';

/** A response without an operation: an error, a probe, a page. */
export interface PlainResponse {
  status: number;
  body: string | Buffer;
  headers: OutgoingHttpHeaders;
  /** True for a response without a line in the log: a successful probe or scrape, or one that is logged elsewhere. */
  isRoutine?: boolean;
}

/** An error as short JSON, in the format of GraphQL errors. */
export function errorResponse(
  status: number,
  code: string,
  message: string,
  headers: OutgoingHttpHeaders = {},
): PlainResponse {
  const body = JSON.stringify({ errors: [{ message, extensions: { code } }] });
  const own = { 'content-type': 'application/json; charset=utf-8', 'cache-control': NO_STORE };
  return { status, body, headers: { ...own, ...headers } };
}

/** Sends every response that no operation produced, with an X-Request-Id and a line in the log. */
export class Responder {
  readonly #logRequest: (answered: AnsweredRequest) => void;

  constructor(logRequest: (answered: AnsweredRequest) => void) {
    this.#logRequest = logRequest;
  }

  /** @returns the id of the request */
  send(request: IncomingMessage, response: ServerResponse, plain: PlainResponse): string {
    const requestId = requestIdOf(request.headers[REQUEST_ID_HEADER]);
    discardUnreadBody(request, response);
    response.writeHead(plain.status, headersOf(plain, requestId)).end(plain.body);
    this.#log(requestId, plain);
    return requestId;
  }

  /** Sends a response on a connection for which Node has no request object, and closes the connection. */
  sendRaw(socket: Duplex, plain: PlainResponse): void {
    const requestId = requestIdOf(null);
    const lines = Object.entries(headersOf(plain, requestId)).map(([name, value]) => `${name}: ${value}`);
    const start = `HTTP/1.1 ${plain.status} ${STATUS_CODES[plain.status]}`;
    socket.end(`${[start, ...lines, 'connection: close'].join('\r\n')}\r\n\r\n${plain.body}`, () => socket.destroy());
    this.#log(requestId, plain);
  }

  #log(requestId: string, { status, isRoutine }: PlainResponse): void {
    if (!isRoutine) this.#logRequest({ requestId, caller: null, status, milliseconds: 0 });
  }
}

function headersOf({ status, headers, body }: PlainResponse, requestId: string): OutgoingHttpHeaders {
  // The Content-Length of a 304 would be that of the body that the client has (RFC 9110, 8.6).
  const length = status === 304 ? {} : { 'content-length': Buffer.byteLength(body) };
  return { ...headers, ...length, [REQUEST_ID_HEADER]: requestId };
}
