import { createServer as createHttpServer, type Server } from 'node:http';
import { Authentication } from '../auth/authentication.ts';
import { isWritable } from '../gateway/core/gateway-state.ts';
import { createRequestLog } from '../telemetry/create-request-log.ts';
import { BodyReader } from './admission/body-reader.ts';
import { ClientAddresses } from './admission/client-address.ts';
import { limitConnections } from './admission/connections.ts';
import { answerProtocolErrors } from './admission/protocol-errors.ts';
import { Quota } from './admission/quota.ts';
import { addressOwner, Senders } from './admission/senders.ts';
import { AnswerCache } from './answers/answer-cache.ts';
import { KnownAnswers, type KnownAnswersOptions } from './answers/known-answers.ts';
import { readTrustedDocuments } from './documents/use-trusted-documents.ts';
import { Responder } from './responses/responder.ts';
import type { StaticBody } from './responses/static-body.ts';
import { type AnswerMemory, GRAPHQL_PATH, graphqlRoute } from './routes/graphql-route.ts';
import { homeRoute } from './routes/home-route.ts';
import { HostCheck } from './routes/host-check.ts';
import { metricsRoute } from './routes/metrics-route.ts';
import { probeRoutes } from './routes/probe-routes.ts';
import { type Route, routeTable } from './routes/route-table.ts';
import { sandboxRoutes } from './routes/sandbox-routes.ts';
import { type AnsweredDelivery, webhookRoutes } from './routes/webhook-routes.ts';
import type { ServerConfig, ServerOptions } from './server-options.ts';
import { createYogaServer } from './yoga.ts';

/** The memory for webhook deliveries, as a part of the memory for bodies. It is added to that memory. */
const WEBHOOK_BYTES = 1 / 4;

/** The memory of answers; null if it is switched off. */
function answerMemory(
  { gateway, config, telemetry: { metrics } }: ServerOptions,
  parts: Omit<KnownAnswersOptions, 'cache' | 'metrics'>,
): AnswerMemory | null {
  if (config.answerCacheBytes === 0) return null;
  const cache = new AnswerCache(gateway, config.answerCacheBytes);
  metrics.watchAnswers(cache);
  return { cache, known: new KnownAnswers({ ...parts, cache, metrics }) };
}

/** Loads GraphiQL at its first visit: its script is 9 MB, and most processes never show it. */
function graphiqlLoader(isKeyRequired: boolean): () => Promise<StaticBody> {
  let page: Promise<StaticBody> | undefined;
  return () => {
    page ??= import('./graphiql/page.ts').then(({ graphiqlPage }) => graphiqlPage(isKeyRequired));
    // The next visit tries again.
    page.catch(() => {
      page = undefined;
    });
    return page;
  };
}

/**
 * Creates the HTTP server with all routes. It does not listen yet.
 * @throws if the file of trusted documents cannot be read
 */
export function createServer(options: ServerOptions): Server {
  const { gateway, webhooks = new Map(), config, telemetry, isReady, log } = options;
  const authentication = new Authentication(config.access, gateway.clock);
  const addresses = new ClientAddresses(config.trustedProxies);
  const senders = new Senders(authentication, addresses);
  const requestLog = createRequestLog(telemetry.metrics, log);
  const responder = new Responder(requestLog.logRequest);
  const trustedDocuments = readTrustedDocuments(config);
  const { inFlight, inFlightPerCaller } = config.limits;
  const shared = {
    bodies: new BodyReader(config.limits),
    inFlight: new Quota({ total: inFlight, perOwner: inFlightPerCaller }),
  };
  telemetry.metrics.watchRequests(shared.inFlight);
  const yoga = createYogaServer({ ...options, senders, requestLog, trustedDocuments, shared });
  const answers = answerMemory(options, { ...shared, senders, requestLog });
  const page = config.graphiql ? graphiqlLoader(authentication.isRequired) : null;
  const logDelivery = ({ provider, outcome, requestId }: AnsweredDelivery) => {
    telemetry.metrics.countDelivery(provider, outcome);
    log('info', 'A webhook was delivered', { provider, outcome, requestId });
  };

  const routes = new Map<string, Route>([
    ['/', homeRoute(responder, { hasGraphiql: config.graphiql, isSandbox: options.sandbox !== undefined })],
    ...(options.sandbox ? sandboxRoutes(options.sandbox, { responder, authentication, bodies: shared.bodies }) : []),
    [GRAPHQL_PATH, graphqlRoute(yoga, responder, { loadPage: page, answers })],
    ['/metrics', metricsRoute(telemetry.metrics, authentication, responder)],
    ...probeRoutes(responder, () => isReady() && isWritable(gateway)),
    ...webhookRoutes({
      gateway,
      readers: webhooks,
      responder,
      bodyBytes: config.limits.bufferedBytes * WEBHOOK_BYTES,
      ownerOf: (request) => addressOwner(addresses.of(request, { isServer: false })),
      onDelivery: logDelivery,
    }),
  ]);

  const hosts = new HostCheck(authentication.isRequired ? null : new Set(config.allowedHosts));
  const listener = routeTable(routes, {
    responder,
    check: (request, target) => hosts.check(request, target),
    reportBug: gateway.reportBug,
  });
  const server = createHttpServer(nodeOptions(config.connections), listener);
  answerProtocolErrors(server, responder);
  limitConnections(server, config.connections, config.trustedProxies);
  return server;
}

function nodeOptions({ bodyTimeoutMs, keepAliveTimeoutMs }: ServerConfig['connections']) {
  return {
    // The whole request has to arrive within this time, including its headers.
    requestTimeout: bodyTimeoutMs,
    headersTimeout: bodyTimeoutMs,
    connectionsCheckingInterval: Math.min(1000, bodyTimeoutMs),
    keepAliveTimeout: keepAliveTimeoutMs,
    // Our own check rejects such requests with a line in the log.
    requireHostHeader: false,
  };
}
