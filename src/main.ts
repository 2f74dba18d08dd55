import type { Server } from 'node:http';
import { enableCompileCache, flushCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { App } from './app.ts';
import type { Config } from './config/config.ts';

/** How long running requests may take after the signal to stop, in milliseconds. */
const DRAIN_MS = 5000;
/** How often connections that have become idle are closed meanwhile, in milliseconds. */
const IDLE_CHECK_MS = 50;

// Halves the time of a start. The folder belongs to the owner of the code: another user who could write to it could run
// code as this one. Where it cannot be written, nothing is cached. NODE_COMPILE_CACHE names another folder.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/compiled', import.meta.url)));
// Imported here, because only modules that load after that line are cached.
const { createProcessLog } = await import('./telemetry/process-log.ts');
const { readEnv } = await import('./config/env.ts');
const { readConfig } = await import('./config/config.ts');
const { createApp } = await import('./app.ts');
const { nameOf } = await import('./store/engines/address.ts');

const log = createProcessLog();
// The banner has no reader any more.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
// Expected trouble, such as a full disk, is caught where it happens. An error that arrives here is a bug, and the state of
// the process is unknown: the process ends, so that it can be started again.
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error) => {
    log('error', `The process ends after an unexpected error (${event})`, error instanceof Error ? error.stack : error);
    process.exit(1);
  });
}
try {
  await start();
} catch (error) {
  fail(`The gateway cannot start: ${error instanceof Error ? error.message : String(error)}`);
}

async function start(): Promise<void> {
  const env = readEnv();
  const config = readConfig(env);
  const app = await createApp(config, env, log);
  stopOnSignal(app);
  app.server.on('error', (error) => {
    if (!app.server.listening) fail(`The gateway cannot start: ${listenFault(error, config)}`);
    // For example, no file is left for another connection. Open connections continue.
    log('error', 'A connection could not be accepted', error.message);
  });
  app.server.listen(config.port, config.host, () => {
    process.stdout.write(banner(config, app));
    flushCompileCache();
  });
}

/** Why the server cannot listen. */
function listenFault(error: Error, { host, port }: Config): string {
  const isTaken = 'code' in error && error.code === 'EADDRINUSE';
  return isTaken
    ? `port ${port} of ${host} is taken. Set PORT to another one, or end the program that uses it`
    : `it cannot listen on ${host}:${port}: ${error.message}`;
}

/** Stops in order at the first signal. A second signal ends the process immediately. */
function stopOnSignal(app: App): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      stop(app).catch((error: unknown) => {
        log('error', 'The process could not stop in order', error instanceof Error ? error.stack : error);
        process.exit(1);
      });
    });
}

async function stop(app: App): Promise<void> {
  app.drain();
  await closeServer(app.server);
  await app.close();
  process.exit(0);
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  // A connection whose last answer ends later stays open for another request, unless it is closed.
  const closingIdle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
  const closingAll = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await closed;
  clearInterval(closingIdle);
  clearTimeout(closingAll);
}

function banner({ host, sandbox, store, access }: Config, { server, providers }: App): string {
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : '';
  const isOpen = access.keys.length === 0 && access.tokens === null;
  const lines = [
    `GraphQL and GraphiQL   http://${host}:${port}/graphql`,
    `Providers switched on  ${providers.join(', ') || 'none'}`,
    `Store                  ${nameOf(store)}`,
    ...(sandbox ? [`Sandbox controls       http://${host}:${port}/sandbox`] : []),
    ...(isOpen ? ['OPEN: no keys are set, so every program on this machine has full access. See API_KEYS.'] : []),
    ...(sandbox ? ['SANDBOX: every provider is simulated in this process. No money is real.'] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
