import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { errorResponse, type PlainResponse, type Responder, UNEXPECTED_ERROR } from '../responses/responder.ts';
import { type Target, targetOf } from './target.ts';

export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

/** The methods and the handler of a path. */
export interface Route {
  methods: readonly string[];
  handle: Handler;
}

export interface RouteTableOptions {
  responder: Responder;
  /** Checks every request before its route is looked up. Returns an error response, or null to accept the request. */
  check: (request: IncomingMessage, target: Target) => PlainResponse | null;
  reportBug: (error: unknown) => void;
}

const BAD_TARGET = errorResponse(400, 'BAD_REQUEST', 'The target of the request is not valid');
const NOT_FOUND = errorResponse(404, 'NOT_FOUND', 'There is nothing at this path; GraphQL is at /graphql');
const BUG = errorResponse(500, 'INTERNAL_SERVER_ERROR', UNEXPECTED_ERROR);

/** Sends each request to the route with exactly its path, and answers all other requests with an error. */
export function routeTable(
  routes: ReadonlyMap<string, Route>,
  { responder, check, reportBug }: RouteTableOptions,
): RequestListener {
  const notAllowed = new Map([...routes].map(([path, { methods }]) => [path, methodNotAllowed(methods)]));
  const choose = (request: IncomingMessage): Handler | PlainResponse => {
    const target = targetOf(request.url ?? '');
    if (target === null) return BAD_TARGET;
    const rejected = check(request, target);
    if (rejected) return rejected;
    const route = routes.get(target.path);
    if (!route) return NOT_FOUND;
    if (!route.methods.includes(request.method ?? '')) return notAllowed.get(target.path) ?? NOT_FOUND;
    // Handlers always see a target without a host.
    if (target.authority !== undefined) request.url = target.path + target.search;
    return route.handle;
  };
  return async (request, response) => {
    try {
      const chosen = choose(request);
      if (typeof chosen === 'function') await chosen(request, response);
      else responder.send(request, response, chosen);
    } catch (error) {
      reportBug(error);
      if (response.headersSent) response.destroy();
      else responder.send(request, response, BUG);
    }
  };
}

function methodNotAllowed(methods: readonly string[]): PlainResponse {
  const allow = methods.join(', ');
  return errorResponse(405, 'METHOD_NOT_ALLOWED', `Only ${allow} may be sent here`, { allow });
}
