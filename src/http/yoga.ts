import { createYoga } from 'graphql-yoga';
import { createRequestContext, type RequestContext } from '../graphql/context.ts';
import { schema, subgraphText, subgraphTextWithScopes } from '../graphql/schema.ts';
import type { RequestLog } from '../telemetry/request-log.ts';
import { Admissions, type SharedResources } from './admission/admissions.ts';
import type { Senders } from './admission/senders.ts';
import { DocumentCache } from './documents/document-cache.ts';
import { type TrustedDocuments, useTrustedDocuments } from './documents/use-trusted-documents.ts';
import { errorMask } from './errors/mask-error.ts';
import { useExecution } from './execution/use-execution.ts';
import { type RequestFacts, senderOf } from './request-facts.ts';
import { UNEXPECTED_ERROR } from './responses/responder.ts';
import { corsOf } from './routes/cors.ts';
import type { ServerOptions } from './server-options.ts';
import { OpenSubscriptions } from './subscriptions/open-subscriptions.ts';
import { useRequest } from './use-request.ts';

export interface YogaOptions extends ServerOptions {
  senders: Senders;
  requestLog: RequestLog;
  trustedDocuments: TrustedDocuments | null;
  shared: SharedResources;
}

/** Creates the GraphQL server with all its plugins. */
export function createYogaServer(options: YogaOptions) {
  const { gateway, config, telemetry, log, senders, requestLog, trustedDocuments, shared } = options;
  const { limits } = config;
  const { metrics, calls } = telemetry;
  const maskError = errorMask((message, details) => log('error', message, details));
  const documents = new DocumentCache(config.documentCacheBytes);
  metrics.watchDocuments(documents);
  const subgraphSdl = config.hasSubgraphScopes ? subgraphTextWithScopes() : subgraphText;
  const subscriptions = new OpenSubscriptions({ gateway, limits: limits.subscriptions, maskError, metrics });
  return createYoga<RequestFacts, RequestContext>({
    schema,
    context: (facts) => {
      const { caller, address } = senderOf(facts);
      return createRequestContext(gateway, caller, { address, requestId: facts.log.requestId, subgraphSdl });
    },
    maskedErrors: { maskError, errorMessage: UNEXPECTED_ERROR, isDev: false },
    // Yoga would log each error that `maskError` has logged once more, and in full.
    logging: false,
    cors: corsOf(config.corsOrigins),
    landingPage: false,
    graphiql: false,
    // Yoga answers its health check on every path with this ending. No path ends with a space.
    healthCheckEndpoint: ' ',
    // `Admissions` limits bodies at a fraction of the cost.
    maxRequestBodySize: false,
    multipart: false,
    batching: false,
    // Yoga's own cache counts documents instead of bytes, and keeps documents that are sent only once.
    parserAndValidationCache: false,
    plugins: [
      useRequest({ limits, senders, admissions: new Admissions(shared), requestLog }),
      useExecution({ config, documents, subscriptions, calls, requestLog }),
      ...(trustedDocuments ? [useTrustedDocuments(trustedDocuments)] : []),
    ],
  });
}
