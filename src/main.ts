import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { pino } from 'pino';
import { openGateway } from './app.ts';
import { type Config, ConfigError, readConfig } from './config/config.ts';
import { readEnv } from './config/env.ts';
import { configuredProviders } from './config/provider-config.ts';
import { stateOf } from './gateway/core/gateway-state.ts';
import { createServer } from './http/server.ts';
import { startJobs } from './jobs/start-jobs.ts';
import type { Env } from './providers/definition.ts';
import * as registry from './providers/index.ts';
import { startSimulators } from './simulators/index.ts';
import { ensurePrivateFile, restrict, SANDBOX_STATE } from './store/sqlite/private-file.ts';
import { troubleOf } from './store/sqlite/trouble.ts';
import type { Log } from './telemetry/log.ts';
import { Telemetry } from './telemetry/telemetry.ts';

/** How long requests that are under way may take once the process is told to stop, in milliseconds. */
const DRAIN = 5000;

/** Lines are written together, four times a second at least, and before the process ends: a write each costs more than the line. */
const lines = pino.destination({ dest: 2, sync: false, minLength: 8192 });
setInterval(() => lines.flush(), 250).unref();
// A log that nobody reads any more, or a full disk under it, is no reason to end; there is nowhere left to say so.
lines.on('error', () => {});
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

/** One line of JSON an event. */
const logger = pino(
  {
    base: undefined,
    messageKey: 'message',
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level) => ({ level }) },
  },
  lines,
);
const log: Log = (level, message, details) => logger[level]({ details }, message);
process.on('exit', () => {
  try {
    lines.flushSync();
  } catch {
    // The process ends either way.
  }
});
// Trouble that is expected, such as a store that is locked or full, is caught where it arises. What comes here is a bug
// after which nobody knows what still works: it is logged, and the process ends, to be started again.
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error) => {
    log('error', `The process ends after an unexpected error (${event})`, error instanceof Error ? error.stack : error);
    process.exit(1);
  });
}

async function start(config: Config, variables: Env): Promise<void> {
  const stateFile = join(dirname(config.databaseFile), SANDBOX_STATE);
  const warn = (message: string) => log('error', message);
  const sandboxes = config.sandbox ? await startSimulatorsPrivately(stateFile, warn) : null;
  const providers = configuredProviders({ ...variables, ...sandboxes?.environment });
  // Loaded where it is wanted alone: it is larger than the rest.
  const endTracing = config.traceEndpoint
    ? (await import('./telemetry/start-tracing.ts')).startTracing(config.traceEndpoint)
    : async () => {};
  const telemetry = new Telemetry();
  const { gateway, webhooks, close } = await openGateway(config, providers, {
    countRead: telemetry.countRead,
    observe: telemetry.observe,
    warn,
    guesses: telemetry.attemptObserver((message, details) => log('warn', message, details)),
    reportBug: (error) => {
      const trouble = troubleOf(error);
      if (trouble) log('error', `The store failed: ${trouble}`);
      else log('error', 'A bug', error instanceof Error ? error.stack : error);
    },
  });
  telemetry.metrics.watchGateway(stateOf(gateway));
  telemetry.metrics.watchProcess();
  const jobs = startJobs(gateway, log);
  let ready = true;
  const server = createServer({
    gateway,
    webhooks,
    config,
    telemetry,
    isReady: () => ready,
    log,
  });
  const stop = async () => {
    ready = false;
    gateway.changeFeed.close();
    const closed = new Promise((resolve) => server.close(resolve));
    // A connection that ends its last answer from now on stays open for the next one, unless it is closed.
    const closing = setInterval(() => server.closeIdleConnections(), 50);
    const cut = setTimeout(() => server.closeAllConnections(), DRAIN);
    await closed;
    clearInterval(closing);
    clearTimeout(cut);
    await jobs.stop();
    await close();
    await sandboxes?.close();
    await endTracing().catch((error: unknown) => log('error', 'The last traces could not be sent', String(error)));
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      stop().catch((error: unknown) => {
        log('error', 'The process could not end in order', error instanceof Error ? error.stack : error);
        process.exit(1);
      });
    });
  server.on('error', (error) => {
    if (!server.listening) fail(`Cannot listen on ${config.host}:${config.port}: ${error.message}`);
    // Such as no file left for one more connection: those that are open go on.
    log('error', 'A connection could not be taken', error.message);
  });
  server.listen(config.port, config.host, () => {
    const on = providers.map(({ title }) => title).join(', ') || 'none';
    process.stdout.write(banner(config, server.address(), on));
  });
}

async function startSimulatorsPrivately(stateFile: string, warn: (message: string) => void) {
  ensurePrivateFile(stateFile);
  const sandboxes = await startSimulators(Object.values(registry), stateFile);
  const exposure = restrict(stateFile);
  if (exposure !== null) warn(exposure);
  return sandboxes;
}

function banner(
  { host, sandbox, databaseFile, access }: Config,
  address: AddressInfo | string | null,
  on: string,
): string {
  const port = address !== null && typeof address === 'object' ? address.port : '';
  const lines = [
    `GraphQL and GraphiQL   http://${host}:${port}/graphql`,
    `Providers switched on  ${on}`,
    `Store                  ${databaseFile}`,
    ...(access.keys.length === 0 && access.tokens === null
      ? ['OPEN: no keys are set, so whoever asks from this machine may do everything. See API_KEYS.']
      : []),
    ...(sandbox ? ['SANDBOX: every provider is played by this process. Nothing here is real money.'] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

try {
  const variables = readEnv();
  await start(readConfig(variables), variables);
} catch (error) {
  if (error instanceof ConfigError) fail(`The settings are not valid:\n${error.problems.join('\n')}`);
  fail(`The gateway cannot start: ${error instanceof Error ? error.message : String(error)}`);
}
