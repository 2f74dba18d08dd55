import type { Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type PlainResponse, type Responder, refusal } from '../responses/responder.ts';

const MALFORMED = refusal(400, 'BAD_REQUEST', 'The request is not valid HTTP');
const EXPECTATION_FAILED = refusal(417, 'EXPECTATION_FAILED', 'Only 100-continue may be expected');
const NO_TUNNELS = refusal(405, 'METHOD_NOT_ALLOWED', 'The gateway is no proxy', { allow: 'GET, HEAD, POST, OPTIONS' });

/** By the code of node's error. */
const ANSWERS: Record<string, PlainResponse> = {
  ERR_HTTP_REQUEST_TIMEOUT: refusal(408, 'REQUEST_TIMEOUT', 'The request took too long to arrive'),
  HPE_HEADER_OVERFLOW: refusal(431, 'HEADERS_TOO_LARGE', 'The headers of the request are too large'),
  HPE_CHUNK_EXTENSIONS_OVERFLOW: refusal(413, 'REQUEST_ENTITY_TOO_LARGE', 'The request is too large'),
};

/** The codes of a connection that the client closed in the middle of a request. */
const CLIENT_GONE: ReadonlySet<string | undefined> = new Set(['ECONNRESET', 'EPIPE', 'HPE_INVALID_EOF_STATE']);

/** Responder the errors that node would otherwise answer itself, without a line in the log. */
export function answerProtocolErrors(server: Server, answers: Responder): void {
  const last = new WeakMap<Duplex, ServerResponse>();
  const ending = new WeakSet<Duplex>();
  server.on('request', (request, response) => last.set(request.socket, response));
  server.on('checkExpectation', (request, response) => answers.send(request, response, EXPECTATION_FAILED));
  server.on('connect', (_, socket) => answers.sendRaw(socket, NO_TUNNELS));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (ending.has(socket)) return;
    ending.add(socket);
    const response = last.get(socket);
    const answer = ANSWERS[error.code ?? ''] ?? MALFORMED;
    // An error in the rest of a request that has been answered already gets no answer of its own.
    const isRest = response?.writableFinished && !response.req.complete;
    if (!socket.writable || CLIENT_GONE.has(error.code) || isRest) socket.destroy();
    else if (!response || response.writableFinished) answers.sendRaw(socket, answer);
    else if (response.headersSent && !response.writableEnded) socket.destroy();
    else {
      // An answer that is being sent is finished first.
      response.once('finish', () => {
        response.req.destroy();
        socket.destroy();
      });
      // The error is in this request, whose handler waits for the rest, and not in one that was sent after it.
      if (!response.req.complete && !response.headersSent) answers.send(response.req, response, answer);
    }
  });
}
