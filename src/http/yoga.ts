import { createYoga } from 'graphql-yoga';
import type { Authentication } from '../auth/authentication.ts';
import { createRequestContext, type RequestContext } from '../graphql/context.ts';
import { schema } from '../graphql/schema.ts';
import type { RequestLog } from '../telemetry/request-log.ts';
import type { ClientAddresses } from './admission/client-address.ts';
import { type SharedResources, useAdmission } from './admission/use-admission.ts';
import { DocumentCache } from './documents/document-cache.ts';
import { useDocumentCache } from './documents/use-document-cache.ts';
import { errorMask } from './errors/mask-error.ts';
import { useShortErrors } from './errors/use-short-errors.ts';
import { useExecution } from './execution/use-execution.ts';
import { useAuthentication } from './plugins/use-authentication.ts';
import { useCompression } from './plugins/use-compression.ts';
import { useCsrfPrevention } from './plugins/use-csrf-prevention.ts';
import { useHttpCache } from './plugins/use-http-cache.ts';
import { useLimits } from './plugins/use-limits.ts';
import { useMalformedParameters } from './plugins/use-malformed-parameters.ts';
import { useRequestLog } from './plugins/use-request-log.ts';
import { type TrustedDocuments, useTrustedDocuments } from './plugins/use-trusted-documents.ts';
import { type RequestFacts, senderOf } from './request-facts.ts';
import { UNEXPECTED_ERROR } from './responses/responder.ts';
import { corsOf } from './routes/cors.ts';
import type { ServerOptions } from './server-options.ts';
import { useSubscriptions } from './subscriptions/use-subscriptions.ts';

export interface YogaOptions extends ServerOptions {
  authentication: Authentication;
  addresses: ClientAddresses;
  requestLog: RequestLog;
  trustedDocuments: TrustedDocuments | null;
  shared: SharedResources;
}

/** Creates the GraphQL server with all its plugins. */
export function createYogaServer(options: YogaOptions) {
  const { gateway, config, telemetry, log, authentication, addresses, requestLog, trustedDocuments, shared } = options;
  const { metrics, calls } = telemetry;
  const maskError = errorMask((message, details) => log('error', message, details));
  const documents = new DocumentCache(config.documentCacheBytes);
  metrics.watchDocuments(documents);
  return createYoga<RequestFacts, RequestContext>({
    schema,
    context: (facts) => {
      const { caller, address } = senderOf(facts);
      return createRequestContext(gateway, caller, address, facts.log?.requestId);
    },
    maskedErrors: { maskError, errorMessage: UNEXPECTED_ERROR, isDev: false },
    // Yoga would log each error that `maskError` has logged once more, and in full.
    logging: false,
    cors: corsOf(config.corsOrigins),
    landingPage: false,
    graphiql: false,
    // Yoga answers its health check on every path with this ending. No path ends with a space.
    healthCheckEndpoint: ' ',
    // `useAdmission` limits bodies at a fraction of the cost.
    maxRequestBodySize: false,
    multipart: false,
    batching: false,
    // Yoga's own cache counts documents instead of bytes, and keeps documents that are sent only once.
    parserAndValidationCache: false,
    plugins: [
      useDocumentCache(documents),
      useRequestLog(requestLog),
      useAuthentication(authentication, addresses),
      useAdmission(config.limits, shared),
      ...useLimits(config.limits),
      useExecution({ config, calls, requestLog }),
      useCsrfPrevention(),
      useMalformedParameters(),
      useShortErrors(),
      useHttpCache(config.httpCaching),
      // After the ETag, which identifies the body in its coding.
      useCompression(),
      useSubscriptions(gateway, { limits: config.limits.subscriptions, maskError, metrics }),
      ...(trustedDocuments ? [useTrustedDocuments(trustedDocuments)] : []),
    ],
  });
}
