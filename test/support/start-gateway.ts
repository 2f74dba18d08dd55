import type { IncomingHttpHeaders } from 'node:http';
import { readConfig } from '../../src/config/config.ts';
import { configuredProviders } from '../../src/config/provider-config.ts';
import { stateOf } from '../../src/gateway/core/gateway-state.ts';
import { createServer } from '../../src/http/server.ts';
import { openGateway } from '../../src/open-gateway.ts';
import { Telemetry } from '../../src/telemetry/telemetry.ts';
import { type CreateStore, createDefaultStore } from '../store/test-stores.ts';
import { ANSWER_MEMORY } from './processes/answer-memory.ts';
import { COMPILE_CACHE } from './processes/compile-cache.ts';
import { withPackedPackages } from './processes/packed-packages.ts';
import { noteLog, noteSecret } from './redaction.ts';
import type { DataOf } from './schema/data-of.ts';
import {
  closeSimulators,
  panelOf,
  type SimulatorSwitches,
  simulatorOf,
  startSimulators,
  unlimitedRates,
  variablesOf,
} from './simulators.ts';

/** Any JSON. A test reads the fields that it expects. */
export type Json = ReturnType<typeof JSON.parse>;

/** The data of an operation. Its type comes from the text and the schema, if the text is a literal. */
export type Data<Text extends string> = [DataOf<Text>] extends [never] ? Json : DataOf<Text>;

export interface StartOptions extends SimulatorSwitches {
  /** Creates the store, unless the settings name one. */
  store?: CreateStore;
  /** Environment variables of the gateway. */
  settings?: Record<string, string>;
  /**
   * Replaces the gateway's waits before slowed attempts, and before reads after a refused guess. Absent: real waits.
   */
  sleep?: (milliseconds: number) => Promise<unknown>;
  /** Whether the gateway has the controls of a sandbox. */
  hasPanel?: boolean;
  /** How much the providers' clocks lag the gateway's, in milliseconds. */
  providerLagMs?: number;
}

/**
 * Starts a complete gateway over HTTP, with a store of its own and the simulators of all providers. The gateway
 * and the simulators share a clock that only `advance` moves.
 */
export async function startGateway(options: StartOptions = {}) {
  const store = options.settings?.DATABASE_URL ? null : await (options.store ?? createDefaultStore)();
  const time = { now: Date.now() };
  const clock = () => time.now;
  const providerClock = () => time.now - (options.providerLagMs ?? 0);
  const simulators = await startSimulators({ clock: providerClock, switches: options });
  const variables = {
    ...COMPILE_CACHE,
    ...ANSWER_MEMORY,
    ...withPackedPackages(),
    DATABASE_URL: store?.url ?? '',
    ...variablesOf(simulators),
    ...unlimitedRates,
    STRIPE_CONNECT_ACCOUNTS: 'acct_one,acct_two',
    PROVIDER_DEADLINE_MS: '20000',
    PROVIDER_RETRIES: '0',
    PROVIDER_BREAKER: '0',
    ...options.settings,
  };
  const config = readConfig(variables);
  const configured = configuredProviders(variables);
  const logged: unknown[] = [];
  const log = (...line: unknown[]) => {
    noteLog(JSON.stringify(line));
    logged.push(line);
  };
  for (const [name, value] of Object.entries(variables)) if (name.endsWith('_SECRET')) noteSecret(value);
  const telemetry = new Telemetry();
  const { gateway, webhooks, close } = await openGateway(config, configured, {
    clock,
    countRead: telemetry.countRead,
    countRefusal: telemetry.countRefusal,
    countRecoveredUse: telemetry.countRecoveredUse,
    guesses: telemetry.attemptObserver((...line) => log('warn', ...line)),
    ...telemetry.providerObservers(log),
    ...(options.sleep && { sleep: options.sleep }),
    reportBug: (error) => log('error', 'A bug', String(error)),
  });
  telemetry.metrics.watchGateway(stateOf(gateway));
  const server = createServer({
    gateway,
    webhooks,
    config,
    telemetry,
    isReady: () => true,
    log,
    ...(options.hasPanel && { sandbox: panelOf(simulators) }),
  });
  const url = await new Promise<string>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(`http://127.0.0.1:${address && typeof address === 'object' ? address.port : 0}/graphql`);
    });
  });

  /** Sends one operation over HTTP, and returns the whole answer. */
  const send = async (
    query: string,
    variables?: Record<string, unknown>,
    headers: Record<string, string> = {},
  ): Promise<{ data: Json; errors?: Json }> => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    });
    return JSON.parse(await answer.text());
  };
  /** Sends one operation, and returns its data. Throws if the answer has errors. */
  const run = async <const Text extends string>(
    query: Text,
    variables?: Record<string, unknown>,
    headers?: Record<string, string>,
  ): Promise<Data<Text>> => {
    const { data, errors } = await send(query, variables, headers);
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
  return {
    gateway,
    /** The environment variables of the gateway, for another process on the same store. */
    variables,
    /** The simulators, by their providers' names in the registry. */
    ...simulators,
    simulators,
    /** The simulator of a provider, by its name in the API. */
    simulatorOf: (provider: string) => simulatorOf(simulators, provider),
    url,
    send,
    run,
    logged,
    /** Moves the clock of the gateway and the simulators. */
    advance: (milliseconds: number) => {
      time.now += milliseconds;
    },
    now: clock,
    /** Calls a listener with the headers of every request. */
    onRequest: (listen: (headers: IncomingHttpHeaders) => void) =>
      server.on('request', ({ headers }) => listen(headers)),
    /** How many connections clients have open. */
    connections: () =>
      new Promise<number>((resolve, reject) =>
        server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
      ),
    /** Closes all connections of clients, as a network failure does. */
    cutConnections: () => server.closeAllConnections(),
    /** The number of calls that all providers have received so far. */
    callsToProviders: () => Object.values(simulators).flatMap(({ calls }) => calls).length,
    stop: async () => {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      await close();
      await closeSimulators(simulators);
      await store?.remove();
    },
  };
}

export type RunningGateway = Awaited<ReturnType<typeof startGateway>>;
