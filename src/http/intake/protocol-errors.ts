import type { Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Answer, type Answers, refusal } from '../answers/answers.ts';

const MALFORMED = refusal(400, 'BAD_REQUEST', 'The request is not valid HTTP');
const EXPECTATION_FAILED = refusal(417, 'EXPECTATION_FAILED', 'Only 100-continue may be expected');
const NO_TUNNELS = refusal(405, 'METHOD_NOT_ALLOWED', 'The gateway is no proxy', { allow: 'GET, HEAD, POST, OPTIONS' });

/** By node's codes of what is wrong. */
const ANSWERS: Record<string, Answer> = {
  ERR_HTTP_REQUEST_TIMEOUT: refusal(408, 'REQUEST_TIMEOUT', 'The request took too long to arrive'),
  HPE_HEADER_OVERFLOW: refusal(431, 'HEADERS_TOO_LARGE', 'The headers of the request are too large'),
  HPE_CHUNK_EXTENSIONS_OVERFLOW: refusal(413, 'REQUEST_ENTITY_TOO_LARGE', 'The request is too large'),
};

/** The client has closed the connection in the middle of a request. */
const CLIENT_GONE: ReadonlySet<string | undefined> = new Set(['ECONNRESET', 'EPIPE', 'HPE_INVALID_EOF_STATE']);

/** Answers what node would answer by itself, without a line in the log. */
export function answerProtocolErrors(server: Server, answers: Answers): void {
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
    // What goes wrong with the rest of a request that has been answered already is no request of its own.
    const isRest = response?.writableFinished && !response.req.complete;
    if (!socket.writable || CLIENT_GONE.has(error.code) || isRest) socket.destroy();
    else if (!response || response.writableFinished) answers.sendRaw(socket, answer);
    else if (response.headersSent && !response.writableEnded) socket.destroy();
    else {
      // An answer that is under way comes to its end first.
      response.once('finish', () => {
        response.req.destroy();
        socket.destroy();
      });
      // What is wrong is this request, whose handler waits for the rest, and not one that was sent behind it.
      if (!response.req.complete && !response.headersSent) answers.send(response.req, response, answer);
    }
  });
}
