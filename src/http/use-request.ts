import type { Plugin } from 'graphql-yoga';
import type { RequestContext } from '../graphql/context.ts';
import type { RequestLog } from '../telemetry/request-log.ts';
import type { Admissions } from './admission/admissions.ts';
import { rejectCrossSite } from './admission/cross-site.ts';
import { readBodyParameters, readUrlParameters } from './admission/read-parameters.ts';
import type { Senders } from './admission/senders.ts';
import { rejectLongDocument } from './documents/document-limits.ts';
import { shownErrors } from './errors/shown-errors.ts';
import { codeOf } from './execution/error-codes.ts';
import { logUnexecuted } from './execution/operation-log.ts';
import type { RequestFacts } from './request-facts.ts';
import { setCacheHeaders } from './responses/cache-headers.ts';
import { finishBody } from './responses/finish-body.ts';
import { REQUEST_ID_HEADER } from './responses/request-id.ts';
import { discardUnreadBody } from './responses/unread-body.ts';
import type { ServerConfig } from './server-options.ts';
import { answerByStream } from './subscriptions/open-subscriptions.ts';

type RequestPlugin = Plugin<RequestContext, RequestFacts>;
type RequestParsing = Parameters<NonNullable<RequestPlugin['onRequestParse']>>[0];

export interface RequestOptions {
  limits: ServerConfig['limits'];
  senders: Senders;
  admissions: Admissions;
  requestLog: RequestLog;
}

/**
 * What happens to a request before and after its operation, in order; `useExecution` has what happens between. It is one
 * plugin with one hook of each kind, because Yoga makes a dozen objects for each hook that it calls.
 *
 * The order counts: a request with several faults is answered with the first one.
 */
export function useRequest({ limits, senders, admissions, requestLog }: RequestOptions): RequestPlugin {
  /** Rejects what can be rejected without the body, the cheapest first. */
  const accept = (parsing: RequestParsing) => {
    const { request, requestParser: parse, setRequestParser, serverContext: facts } = parsing;
    // Without a parser, the format is none of GraphQL over HTTP.
    const admission = parse ? admissions.begin(facts) : null;
    rejectCrossSite(parsing);
    if (!parse || !admission) return undefined;
    if (request.method === 'GET') setRequestParser(() => readUrlParameters(request, parse));
    else setRequestParser(async () => readBodyParameters(request, parse, await admissions.receive(facts, admission)));
    return { onRequestParseDone: () => admissions.start(facts, admission) };
  };

  return {
    onRequestParse(parsing) {
      // First of all: an unknown sender learns nothing else, and costs nothing else.
      const sender = senders.identify(parsing.serverContext);
      return sender instanceof Promise ? sender.then(() => accept(parsing)) : accept(parsing);
    },

    onParams({ params: { query } }) {
      // Before a trusted document takes the place of its id.
      rejectLongDocument(query, limits.documentCharacters);
    },

    onResultProcess(processing) {
      const { result, setResult, serverContext: facts } = processing;
      if ('errors' in result && result.errors) {
        const { errors } = result;
        if (!facts.log.isLogged) facts.log.codes = [...new Set(errors.map(codeOf))];
        const shown = shownErrors(errors, limits.introspection);
        if (shown !== errors) setResult({ ...result, errors: shown });
      }
      answerByStream(processing);
    },

    onResponse({ request, response, setResponse, fetchAPI, serverContext: facts }) {
      const { req, res, log, cacheHeaders } = facts;
      response.headers.set(REQUEST_ID_HEADER, log.requestId);
      logUnexecuted(requestLog, facts, response.status);
      discardUnreadBody(req, res);
      admissions.end(facts);
      setCacheHeaders(request, response, cacheHeaders);
      const hasEtag = cacheHeaders !== undefined && request.method === 'GET';
      return finishBody(request, response, hasEtag)?.then(({ body, ...init }) =>
        setResponse(new fetchAPI.Response(body, init)),
      );
    },
  };
}
