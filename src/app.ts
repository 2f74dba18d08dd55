import type { Server } from 'node:http';
import type { Config } from './config/config.ts';
import { configuredProviders } from './config/provider-config.ts';
import { stateOf } from './gateway/core/gateway-state.ts';
import { storeFailureOf } from './gateway/core/store-failure.ts';
import { createExamples } from './gateway/promotions/create-examples.ts';
import { createServer } from './http/server.ts';
import { startJobs } from './jobs/start-jobs.ts';
import { openGateway } from './open-gateway.ts';
import type { Env } from './providers/definition.ts';
import * as registry from './providers/index.ts';
import { simulatorsFile } from './store/engines/address.ts';
import { ensurePrivateFile, restrict } from './store/engines/private-file.ts';
import type { Log } from './telemetry/log.ts';
import { Telemetry } from './telemetry/telemetry.ts';

/** A whole gateway with its server and its jobs. */
export interface App {
  /** Does not listen yet. */
  server: Server;
  /** The titles of the providers that are switched on. */
  providers: string[];
  /** Makes `GET /ready` fail and ends every subscription. Call it before the server closes. */
  drain(): void;
  /** Stops the jobs, closes the store and sends the last traces. Call it after the server has closed. */
  close(): Promise<void>;
}

/**
 * Composes the gateway: simulators, providers, store, gateway, jobs and server. Starts the jobs.
 * @param env the variables that `config` was read from
 * @throws when the store cannot be opened, or the file of trusted documents cannot be read
 */
export async function createApp(config: Config, env: Env, log: Log): Promise<App> {
  const warn = (message: string) => log('warn', message);
  const simulators = config.sandbox ? await startSandbox(config, warn) : null;
  const endTracing = await startTracing(config);
  const providers = configuredProviders({ ...env, ...simulators?.environment });
  const telemetry = new Telemetry();
  const { gateway, webhooks, close } = await openGateway(config, providers, {
    countRead: telemetry.countRead,
    countRefusal: telemetry.countRefusal,
    countRecoveredUse: telemetry.countRecoveredUse,
    warn,
    guesses: telemetry.attemptObserver((message, details) => log('warn', message, details)),
    ...telemetry.providerObservers(log),
    reportBug: (error) => {
      const storeFailure = storeFailureOf(error);
      if (storeFailure) log('error', `The store failed: ${storeFailure.reason}`);
      else log('error', 'A bug', error instanceof Error ? error.stack : error);
    },
  });
  if (simulators && config.sandboxExamples) await createExamples(gateway, exampleCodes(), warn);
  telemetry.metrics.watchGateway(stateOf(gateway));
  telemetry.metrics.watchProcess();
  const jobs = startJobs(gateway, log);
  let isReady = true;
  const server = createServer({
    gateway,
    webhooks,
    config,
    telemetry,
    isReady: () => isReady,
    log,
    sandbox: simulators?.panel,
  });
  // Only now is its port known.
  server.once('listening', () => simulators?.deliverWebhooks(localUrl(server)));
  return {
    server,
    providers: providers.map(({ title }) => title),
    drain: () => {
      isReady = false;
      gateway.changeFeed.close();
    },
    close: async () => {
      await jobs.stop();
      await close();
      await simulators?.close();
      await endTracing().catch((error: unknown) => log('error', 'The last traces could not be sent', String(error)));
    },
  };
}

/** The example codes of every provider. */
function exampleCodes() {
  return Object.values(registry).flatMap(({ name, examples }) => examples.map((example) => [name, example] as const));
}

/** Starts the simulators, with a state file that only its owner can read. */
async function startSandbox({ store }: Config, warn: (message: string) => void) {
  const { startSimulators } = await import('./simulators/index.ts');
  const stateFile = simulatorsFile(store);
  ensurePrivateFile(stateFile);
  const simulators = await startSimulators(Object.values(registry), stateFile);
  const exposure = restrict(stateFile);
  if (exposure !== null) warn(exposure);
  return simulators;
}

/** The URL of a server for this machine. One that listens on all addresses is reached by the loopback one. */
function localUrl(server: Server): string {
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new TypeError('the server listens on no port');
  const { address, family, port } = bound;
  const isWildcard = address === '0.0.0.0' || address === '::';
  if (isWildcard) return `http://localhost:${port}`;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

/** Loads the tracing libraries only when traces are sent: they need more memory than the rest of the gateway's code. */
async function startTracing({ traceEndpoint }: Config): Promise<() => Promise<void>> {
  if (traceEndpoint === undefined) return async () => {};
  const tracing = await import('./telemetry/start-tracing.ts');
  return tracing.startTracing(traceEndpoint);
}
