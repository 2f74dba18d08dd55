import { createServer as createHttpServer, type Server } from 'node:http';
import { createYoga, type GraphiQLOptions } from 'graphql-yoga';
import { Authentication } from '../auth/authentication.ts';
import type { Config } from '../config/config.ts';
import type { ProviderName } from '../domain/promotion/promotion.ts';
import type { ReadWebhook } from '../domain/provider/webhook-delivery.ts';
import type { Gateway } from '../gateway/core/gateway.ts';
import { createRequestContext, type RequestContext } from '../graphql/context.ts';
import { schema } from '../graphql/schema.ts';
import type { AnswerLog } from '../telemetry/request-log.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { CLIENT_CLOSED } from './admission/admission-errors.ts';
import { ClientAddresses } from './admission/client-address.ts';
import { limitConnections } from './admission/connections.ts';
import { answerProtocolErrors } from './admission/protocol-errors.ts';
import { shareOf } from './admission/quota-owner.ts';
import { useAdmission } from './admission/use-admission.ts';
import { DocumentCache, useDocumentCache } from './documents/document-cache.ts';
import { masking } from './errors/mask-error.ts';
import { useShortErrors } from './errors/use-short-errors.ts';
import { useVariableErrors } from './errors/use-variable-errors.ts';
import { tabs } from './graphiql/tabs.ts';
import { callerOf, useAccessRules, useAuthentication } from './plugins/use-authentication.ts';
import { useCallOrigin } from './plugins/use-call-origin.ts';
import { useCsrfPrevention } from './plugins/use-csrf-prevention.ts';
import { useDeadline } from './plugins/use-deadline.ts';
import { useHttpCache } from './plugins/use-http-cache.ts';
import { useLimits } from './plugins/use-limits.ts';
import { useMalformedParameters } from './plugins/use-malformed-parameters.ts';
import { useOperationLog } from './plugins/use-operation-log.ts';
import { useRequestSpan } from './plugins/use-request-span.ts';
import { readTrustedDocuments, type TrustedDocuments, useTrustedDocuments } from './plugins/use-trusted-documents.ts';
import type { RequestFacts } from './request-facts.ts';
import { Responder, UNEXPECTED } from './responses/responder.ts';
import { corsOf } from './routes/cors.ts';
import { graphiqlPage, graphqlRoute } from './routes/graphql-route.ts';
import { hostRefusal } from './routes/host-check.ts';
import { metricsRoute } from './routes/metrics-route.ts';
import { probes } from './routes/probe-routes.ts';
import { type Route, routeTable } from './routes/route-table.ts';
import { webhooks } from './routes/webhook-routes.ts';
import { useSubscriptions } from './subscriptions/use-subscriptions.ts';

/** How much of the bytes of held bodies is added for webhooks, whose senders are not known in advance. */
const SHARE_OF_WEBHOOKS = 1 / 4;

/** What the server cannot know by itself. */
export interface ServerOptions {
  gateway: Gateway;
  /** How what providers tell by themselves is read, of those that may. */
  webhooks?: ReadonlyMap<ProviderName, ReadWebhook>;
  clients: ClientRules;
  telemetry: Telemetry;
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
  connections: Config['connections'];
  /** How long an operation may take, in milliseconds. */
  deadline: number;
  graphiql: boolean;
}

/** Where the log goes. What is logged never holds a provider's key. */
export type Log = (level: 'info' | 'warn' | 'error', message: string, details?: unknown) => void;

/**
 * The whole HTTP side: GraphQL and GraphiQL at /graphql, webhooks, /health, /ready, /metrics, and a page at /. Does not
 * listen.
 */
export function createServer(options: ServerOptions): Server {
  const { gateway, webhooks: readers = new Map(), clients, telemetry, isReady, log } = options;
  const { bodyTimeout, keepAliveTimeout } = clients.connections;
  const authentication = new Authentication(clients.access, gateway.clock);
  const addresses = new ClientAddresses(clients.trustedProxies);
  const answerLog = answerLogOf(telemetry, log);
  const answers = new Responder(answerLog.logRequest);
  const yoga = createGraphQL(options, authentication, addresses, answerLog);
  const routes = new Map<string, Route>([
    ['/graphql', graphqlRoute(yoga, answers, clients.graphiql ? graphiqlPage(graphiqlOptions(clients)) : null)],
    ['/metrics', metricsRoute(telemetry.metrics, authentication, answers)],
    ...probes(answers, () => isReady() && gateway.store.trouble() === null),
    ...webhooks({
      gateway,
      readers,
      answers,
      heldBytes: clients.limits.heldBytes * SHARE_OF_WEBHOOKS,
      shareOf: (request) => shareOf(addresses, request),
      onDelivery: ({ provider, outcome, requestId }) => {
        telemetry.metrics.countDelivery(provider, outcome);
        log('info', 'A webhook was delivered', { provider, outcome, requestId });
      },
    }),
  ]);
  const allowedHosts = needsKey(clients) ? null : new Set(clients.allowedHosts);
  const server = createHttpServer(
    {
      // A request has to arrive within this time as a whole, its headers included.
      requestTimeout: bodyTimeout,
      headersTimeout: bodyTimeout,
      connectionsCheckingInterval: Math.min(1000, bodyTimeout),
      keepAliveTimeout,
      // Refused by us, with a line in the log.
      requireHostHeader: false,
    },
    routeTable(routes, {
      answers,
      refuse: (request, target) => hostRefusal(request, target, allowedHosts),
      reportBug: gateway.reportBug,
    }),
  );
  answerProtocolErrors(server, answers);
  limitConnections(server, clients.connections, clients.trustedProxies);
  return server;
}

/** Where answers are reported to: the log and the metrics. */
function answerLogOf({ metrics }: Telemetry, log: Log): AnswerLog {
  return {
    logOperation: (answered) => {
      metrics.countOperation(answered);
      const { outcomes, ...line } = answered;
      log('info', 'An operation was answered', { ...line, outcome: outcomes.join(' ') });
    },
    logRequest: (answered) => {
      metrics.countRequest(answered);
      const { status, ...line } = answered;
      log('info', 'A request was answered', {
        ...line,
        outcome: status === CLIENT_CLOSED ? 'CLIENT_CLOSED' : `HTTP_${status}`,
      });
    },
  };
}

function createGraphQL(
  { gateway, clients, telemetry, log }: ServerOptions,
  authentication: Authentication,
  addresses: ClientAddresses,
  answerLog: AnswerLog,
) {
  const mask = masking((message, details) => log('error', message, details));
  const documents = new DocumentCache(clients.documentCacheBytes);
  telemetry.metrics.watchDocuments(documents);
  return createYoga<RequestFacts, RequestContext>({
    schema,
    landingPage: false,
    // Yoga would answer its health check at every address with this ending; none ends with a space.
    healthCheckEndpoint: ' ',
    graphiql: false,
    context: (facts) => {
      const caller = callerOf(facts);
      return createRequestContext(gateway, caller, addresses.of(facts.req, caller));
    },
    maskedErrors: { maskError: mask, errorMessage: UNEXPECTED, isDev: false },
    // Yoga would log each error that `mask` has logged once more, and in full.
    logging: false,
    cors: corsOf(clients.corsOrigins),
    maxRequestBodySize: false,
    multipart: false,
    batching: false,
    // Yoga's own cache counts documents, not bytes, and keeps documents that are sent only once.
    parserAndValidationCache: false,
    plugins: [
      useDocumentCache(documents),
      useOperationLog(telemetry.calls, answerLog),
      useRequestSpan(),
      useAuthentication(authentication),
      useAdmission(clients.limits, ({ req, sender }) => shareOf(addresses, req, sender)),
      ...useLimits(clients.limits),
      useAccessRules(),
      useCsrfPrevention(),
      useMalformedParameters(),
      useShortErrors(),
      useVariableErrors(),
      useDeadline(clients.deadline),
      useCallOrigin(),
      useHttpCache(),
      useSubscriptions(gateway, {
        limits: clients.limits.subscriptions,
        mask,
        metrics: telemetry.metrics,
      }),
      ...(clients.trustedDocuments ? [useTrustedDocuments(clients.trustedDocuments)] : []),
    ],
  });
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
  const { corsOrigins, allowedHosts, access, trustedProxies, limits, documentCacheBytes, connections, graphiql } =
    config;
  const trustedDocuments = file === undefined ? null : { byId: readTrustedDocuments(file), only };
  return {
    corsOrigins,
    allowedHosts,
    access,
    trustedProxies,
    trustedDocuments,
    limits,
    documentCacheBytes,
    connections,
    deadline,
    graphiql,
  };
}

/** Where keys are asked for, the page has a place for one. */
function graphiqlOptions(clients: ClientRules): GraphiQLOptions {
  const shown = { title: 'Promo gateway', defaultTabs: tabs };
  if (!needsKey(clients)) return shown;
  const headers = '{\n  "authorization": "Bearer put your key here"\n}';
  const withHeaders = tabs.map((tab) => ({ ...tab, headers }));
  return { ...shown, headers, defaultTabs: withHeaders, defaultEditorToolsVisibility: 'headers' };
}
