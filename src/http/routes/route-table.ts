import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type PlainResponse, type Responder, refusal, UNEXPECTED } from '../responses/responder.ts';
import { type Target, targetOf } from './target.ts';

export type Handle = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

/** The methods and the handler of one path. */
export interface Route {
  methods: readonly string[];
  handle: Handle;
}

export interface RouteTableOptions {
  answers: Responder;
  /** The refusal of a request, whatever its path is; null: it is not refused. */
  refuse: (request: IncomingMessage, target: Target) => PlainResponse | null;
  reportBug: (error: unknown) => void;
}

const BAD_TARGET = refusal(400, 'BAD_REQUEST', 'The target of the request is not valid');
const NOT_FOUND = refusal(404, 'NOT_FOUND', 'There is nothing at this path; GraphQL is at /graphql');
const BUG = refusal(500, 'INTERNAL_SERVER_ERROR', UNEXPECTED);

/** Sends each request to the route of exactly its path; everything else is answered here. */
export function routeTable(
  routes: ReadonlyMap<string, Route>,
  { answers, refuse, reportBug }: RouteTableOptions,
): RequestListener {
  const allowed = new Map([...routes].map(([path, { methods }]) => [path, notAllowed(methods)]));
  const chosen = (request: IncomingMessage): Handle | PlainResponse => {
    const target = targetOf(request.url ?? '');
    if (target === null) return BAD_TARGET;
    const refused = refuse(request, target);
    if (refused) return refused;
    const route = routes.get(target.path);
    if (!route) return NOT_FOUND;
    if (!route.methods.includes(request.method ?? '')) return allowed.get(target.path) ?? NOT_FOUND;
    // Handlers see the path alone, whatever form the target had.
    if (target.authority !== undefined) request.url = target.path + target.search;
    return route.handle;
  };
  return async (request, response) => {
    try {
      const choice = chosen(request);
      if (typeof choice === 'function') await choice(request, response);
      else answers.send(request, response, choice);
    } catch (error) {
      reportBug(error);
      if (response.headersSent) response.destroy();
      else answers.send(request, response, BUG);
    }
  };
}

function notAllowed(methods: readonly string[]): PlainResponse {
  const allow = methods.join(', ');
  return refusal(405, 'METHOD_NOT_ALLOWED', `Only ${allow} may be sent here`, { allow });
}
