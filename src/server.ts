import type { RequestListener } from 'node:http';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import { GraphQLError } from 'graphql';
import { createYoga, type GraphiQLOptions, maskError } from 'graphql-yoga';
import type { Gateway } from './actions/gateway.ts';
import type { Config } from './config.ts';
import { createRequestContext, type RequestContext } from './graphql/context.ts';
import { failureMessage } from './graphql/messages.ts';
import { schema } from './graphql/schema.ts';
import { tabs } from './graphql/tabs.ts';
import { Authentication, callerOf, useAccessRules, useAuthentication } from './http/authentication.ts';
import { useCaching } from './http/caching.ts';
import { useCallOrigin } from './http/calls/call-origin.ts';
import { ClientAddresses } from './http/client-address.ts';
import { corsOf } from './http/cors.ts';
import { useCsrfPrevention } from './http/csrf.ts';
import { useDeadline } from './http/deadline.ts';
import { DocumentCache, useDocumentCache } from './http/documents/document-cache.ts';
import { onlyForHosts } from './http/hosts.ts';
import { useLimits } from './http/limits.ts';
import { useMalformedParameters } from './http/malformed.ts';
import { useMetrics } from './http/metrics.ts';
import type { Observing } from './http/observing.ts';
import { type AnsweredOperation, useOperationLog } from './http/operation-log.ts';
import { useReadiness } from './http/readiness.ts';
import type { RequestFacts } from './http/request-facts.ts';
import { useRequestSpan } from './http/request-span.ts';
import { readTrustedDocuments, type TrustedDocuments, useTrustedDocuments } from './http/trusted-documents.ts';
import { type CountDelivery, useWebhooks } from './http/webhooks.ts';
import type { ProviderName } from './promo/promotion.ts';
import { ProviderFailure } from './promo/provider.ts';
import type { ReadWebhook } from './promo/webhook.ts';
import { troubleOf } from './store/trouble.ts';

/** What the server cannot know by itself. */
export interface ServerOptions {
  gateway: Gateway;
  /** How what providers tell by themselves is read, of those that may. */
  webhooks?: ReadonlyMap<ProviderName, ReadWebhook>;
  clients: ClientRules;
  observing: Observing;
  /** False once the process is on its way down. */
  isReady: () => boolean;
  log: Log;
}

/** Which clients may ask, and what. */
export interface ClientRules {
  /** The origins of web pages elsewhere that may ask from a browser; "*": all. */
  corsOrigins: string[];
  /** The host names that are answered while no key is required, besides this machine's own. */
  allowedHosts: string[];
  trustedDocuments: TrustedDocuments | null;
  access: Config['access'];
  trustedProxies: string[];
  limits: Config['limits'];
  /** How many bytes of parsed operations are kept. */
  documentCacheBytes: number;
  /** How long an operation may take, in milliseconds. */
  deadline: number;
  graphiql: boolean;
}

/** Where the log goes. What is logged never holds a provider's key. */
export type Log = (level: 'info' | 'error', message: string, details?: unknown) => void;

/** The whole HTTP side: GraphQL and GraphiQL at /graphql, webhooks, /health, /ready and /metrics. Does not listen. */
export function createServer(options: ServerOptions): RequestListener {
  const { gateway, webhooks = new Map(), clients, observing, isReady, log } = options;
  const authentication = new Authentication(clients.access, gateway.clock);
  const countDelivery: CountDelivery = (provider, outcome) => {
    observing.metrics.countDelivery(provider, outcome);
    log('info', 'A webhook was delivered', { provider, outcome });
  };
  const tellOfOperation = (answered: AnsweredOperation) => {
    observing.metrics.countOperation(answered);
    const { outcomes, ...line } = answered;
    log('info', 'An operation was answered', { ...line, outcome: outcomes.join(' ') });
  };
  const documents = new DocumentCache(clients.documentCacheBytes);
  observing.metrics.watchDocuments(documents);
  const addresses = new ClientAddresses(clients.trustedProxies);
  const yoga = createYoga<RequestFacts, RequestContext>({
    schema,
    landingPage: false,
    graphiql: clients.graphiql && graphiqlOptions(clients),
    renderGraphiQL,
    context: (facts) => {
      const caller = callerOf(facts);
      return createRequestContext(gateway, caller, addresses.of(facts.req, caller));
    },
    maskedErrors: { maskError: (error, message) => mask(error, message, log), isDev: false },
    // It would log once more, and in full, each error that `mask` has logged.
    logging: false,
    cors: corsOf(clients.corsOrigins),
    maxRequestBodySize: false,
    multipart: false,
    batching: false,
    // Yoga's own counts documents, not bytes, and takes in whatever is sent once.
    parserAndValidationCache: false,
    plugins: [
      useDocumentCache(documents),
      useReadiness(gateway, isReady, (trouble) =>
        log(
          trouble ? 'error' : 'info',
          trouble ? `The store cannot be written: ${trouble}` : 'The store can be written',
        ),
      ),
      useOperationLog(observing.calls, tellOfOperation),
      useRequestSpan(),
      useAuthentication(authentication),
      ...useLimits(clients.limits),
      useAccessRules(),
      useCsrfPrevention(),
      useMalformedParameters(),
      useDeadline(clients.deadline),
      useCallOrigin(),
      useCaching(),
      useWebhooks(gateway, webhooks, countDelivery),
      useMetrics(observing.metrics, authentication),
      ...(clients.trustedDocuments ? [useTrustedDocuments(clients.trustedDocuments)] : []),
    ],
  });
  return needsKey(clients) ? yoga : onlyForHosts(clients.allowedHosts, yoga, tellOfOperation);
}

function needsKey({ access: { keys, tokens } }: ClientRules): boolean {
  return keys.length > 0 || tokens !== null;
}

/**
 * What the settings say of clients.
 * @throws when the file of trusted documents cannot be read
 */
export function clientRules(config: Config): ClientRules {
  const { trustedDocuments: file, trustedDocumentsOnly: only, requestDeadline: deadline } = config;
  const { corsOrigins, allowedHosts, access, trustedProxies, limits, documentCacheBytes, graphiql } = config;
  const trustedDocuments = file === undefined ? null : { byId: readTrustedDocuments(file), only };
  const documents = { trustedDocuments, documentCacheBytes };
  return { corsOrigins, allowedHosts, access, trustedProxies, ...documents, limits, deadline, graphiql };
}

/** Where keys are asked for, the page has a place for one. */
function graphiqlOptions(clients: ClientRules): GraphiQLOptions {
  const shown = { title: 'Promo gateway', defaultTabs: tabs };
  if (!needsKey(clients)) return shown;
  const headers = '{\n  "authorization": "Bearer put your key here"\n}';
  const withHeaders = tabs.map((tab) => ({ ...tab, headers }));
  return { ...shown, headers, defaultTabs: withHeaders, defaultEditorToolsVisibility: 'headers' };
}

/** What a client may know of an error: what the schema means to say, a provider's failure in our words, no bug. */
function mask(error: unknown, message: string, log: Log): Error {
  const cause = error instanceof GraphQLError ? error.originalError : error;
  if (cause instanceof ProviderFailure) {
    log('error', cause.message, { provider: cause.provider, kind: cause.kind });
    return withPlace(error, failureMessage(cause.provider, cause.kind), {
      code: 'PROVIDER_ERROR',
      provider: cause.provider,
      kind: cause.kind,
      retryable: cause.retryable,
      retryAfterSeconds: cause.retryAfterSeconds ?? null,
    });
  }
  const trouble = troubleOf(cause);
  if (trouble) {
    log('error', `The store failed: ${trouble}`, { code: cause instanceof Error && 'code' in cause ? cause.code : '' });
    return withPlace(error, 'The gateway cannot do this right now', { code: 'UNAVAILABLE', retryable: true });
  }
  const masked = maskError(error, message, false);
  if (masked !== error) log('error', 'A bug was masked', cause instanceof Error ? cause.stack : cause);
  return masked;
}

/** An error at the place in the answer where another one was. */
function withPlace(error: unknown, message: string, extensions: Record<string, unknown>): GraphQLError {
  const place = error instanceof GraphQLError ? { nodes: error.nodes, path: error.path } : {};
  return new GraphQLError(message, { ...place, extensions });
}
