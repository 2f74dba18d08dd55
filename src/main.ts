import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { createPubSub } from '@graphql-yoga/subscription';
import { Accounts } from './actions/accounts.ts';
import { Flights } from './actions/flights.ts';
import type { Gateway } from './actions/gateway.ts';
import { UnknownCodes } from './actions/unknown-codes.ts';
import { type Config, ConfigError, configuredProviders, environment, readConfig } from './config.ts';
import type { ProviderName } from './promo/promotion.ts';
import type { ProviderFailureKind } from './promo/provider.ts';
import type { Environment } from './providers/definition.ts';
import { startSandboxes } from './sandbox/all.ts';
import { createServer, type Log } from './server.ts';
import { openStore } from './store/store.ts';

/** How long requests that are under way may take once the process is told to stop, in milliseconds. */
const DRAIN = 5000;

/** One line of JSON an event. */
const log: Log = (level, message, details) => {
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), level, message, details })}\n`);
};

async function start(config: Config, variables: Environment): Promise<void> {
  const store = await openStore(config.databaseFile);
  const stateFile = join(dirname(config.databaseFile), 'sandbox.db');
  const sandboxes = config.sandbox ? await startSandboxes(stateFile) : null;
  const lastOutcome = new Map<ProviderName, 'OK' | ProviderFailureKind>();
  const configured = configuredProviders({ ...variables, ...sandboxes?.environment });
  const connections = configured.map((provider) =>
    provider.connect({
      deadlineMs: config.providerDeadline,
      sandbox: config.sandbox,
      observe: ({ provider, outcome }) => lastOutcome.set(provider, outcome),
    }),
  );
  const gateway: Gateway = {
    store,
    accounts: new Accounts(
      connections.flatMap(({ providers }) => providers),
      lastOutcome,
    ),
    changes: createPubSub(),
    flights: new Flights(),
    unknownCodes: new UnknownCodes(),
    clock: Date.now,
    freshFor: config.freshFor,
    redeemStaleFor: config.redeemStaleFor,
    keyWait: config.providerDeadline,
  };
  let ready = true;
  const server = createHttpServer(createServer({ gateway, isReady: () => ready, log }));
  const stop = async () => {
    ready = false;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeIdleConnections();
    // A subscription never ends by itself.
    const cut = setTimeout(() => server.closeAllConnections(), DRAIN);
    await closed;
    clearTimeout(cut);
    await Promise.all(connections.map((connection) => connection.close()));
    await sandboxes?.close();
    store.close();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop());
  server.once('error', (error) => fail(`Cannot listen on ${config.host}:${config.port}: ${error.message}`));
  server.listen(config.port, config.host, () => {
    const on = configured.map(({ title }) => title).join(', ') || 'none';
    process.stdout.write(banner(config, server.address(), on));
  });
}

function banner({ host, sandbox, databaseFile }: Config, address: AddressInfo | string | null, on: string): string {
  const port = address !== null && typeof address === 'object' ? address.port : '';
  const lines = [
    `GraphQL and GraphiQL   http://${host}:${port}/graphql`,
    `Providers switched on  ${on}`,
    `Store                  ${databaseFile}`,
    ...(sandbox ? ['SANDBOX: every provider is played by this process. Nothing here is real money.'] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

try {
  const variables = environment();
  await start(readConfig(variables), variables);
} catch (error) {
  if (error instanceof ConfigError) fail(`The settings are not valid:\n${error.problems.join('\n')}`);
  fail(`The gateway cannot start: ${error instanceof Error ? error.message : String(error)}`);
}
