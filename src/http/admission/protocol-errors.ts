import type { Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { errorResponse, type PlainResponse, type Responder } from '../responses/responder.ts';

const MALFORMED = errorResponse(400, 'BAD_REQUEST', 'The request is not valid HTTP');
const EXPECTATION_FAILED = errorResponse(417, 'EXPECTATION_FAILED', 'Only 100-continue may be expected');
const NO_TUNNELS = errorResponse(405, 'METHOD_NOT_ALLOWED', 'The gateway is not a proxy', {
  allow: 'GET, HEAD, POST, OPTIONS',
});

/** By the code of Node's error. */
const RESPONSES: Record<string, PlainResponse> = {
  ERR_HTTP_REQUEST_TIMEOUT: errorResponse(408, 'REQUEST_TIMEOUT', 'The request took too long to arrive'),
  HPE_HEADER_OVERFLOW: errorResponse(431, 'HEADERS_TOO_LARGE', 'The headers of the request are too large'),
  HPE_CHUNK_EXTENSIONS_OVERFLOW: errorResponse(413, 'REQUEST_ENTITY_TOO_LARGE', 'The request is too large'),
};

/** The error codes of a connection that the client closed in the middle of a request. */
const CLIENT_GONE: ReadonlySet<string | undefined> = new Set(['ECONNRESET', 'EPIPE', 'HPE_INVALID_EOF_STATE']);

/** Answers the protocol errors that Node would otherwise answer itself, without a line in the log. */
export function answerProtocolErrors(server: Server, responder: Responder): void {
  const lastResponses = new WeakMap<Duplex, ServerResponse>();
  const ending = new WeakSet<Duplex>();
  server.on('request', (request, response) => lastResponses.set(request.socket, response));
  server.on('checkExpectation', (request, response) => responder.send(request, response, EXPECTATION_FAILED));
  server.on('connect', (_, socket) => responder.sendRaw(socket, NO_TUNNELS));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (ending.has(socket)) return;
    ending.add(socket);
    const response = lastResponses.get(socket);
    const plain = RESPONSES[error.code ?? ''] ?? MALFORMED;
    // An error in the rest of a request that has been answered gets no response of its own.
    const isRest = response?.writableFinished && !response.req.complete;
    if (!socket.writable || CLIENT_GONE.has(error.code) || isRest) socket.destroy();
    else if (!response || response.writableFinished) responder.sendRaw(socket, plain);
    else if (response.headersSent && !response.writableEnded) socket.destroy();
    else {
      // A response that is being sent is completed first.
      response.once('finish', () => {
        response.req.destroy();
        socket.destroy();
      });
      // The error is in this request, whose handler waits for the rest of it, and not in a later one.
      if (!response.req.complete && !response.headersSent) responder.send(response.req, response, plain);
    }
  });
}
