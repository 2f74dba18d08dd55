import fc from 'fast-check';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { PostgresServer } from '../support/postgres/postgres-server.ts';
import { startProcess } from '../support/processes/gateway-process.ts';
import { closeSimulators, type Simulators, startSimulators, variablesOf } from '../support/simulators.ts';
import { CALLS, CRASHES, expectDoneOnce, indices, TIMEOUT_MS, write, writeUntil } from './crash-round.ts';

const SEED = Number(process.env.CRASH_SEED ?? Date.now() % 1_000_000);
/** After how many answers the server crashes in each round. */
const MOMENTS = fc.sample(fc.nat({ max: CALLS - 1 }), { seed: SEED, numRuns: Math.ceil(CRASHES / 2) });

let server: PostgresServer;
let simulators: Simulators;
let settings: Record<string, string>;

beforeAll(async () => {
  server = await PostgresServer.start({ isDurable: true });
  simulators = await startSimulators();
  settings = { ...variablesOf(simulators), DATABASE_URL: server.url, STRIPE_CONNECT_ACCOUNTS: 'acct_crash' };
});
afterAll(async () => {
  await closeSimulators(simulators);
  await server.remove();
});

it.each(MOMENTS.map((after, round) => ({ round, after })))(
  `after a crash of the database server at $after answers, the gateway continues, and no write is lost or has a second effect (seed ${SEED})`,
  { timeout: TIMEOUT_MS },
  async ({ round, after }) => {
    const gateway = await startProcess(settings);
    onTestFinished(() => void gateway.end('SIGKILL'));
    const { applied, writes } = await writeUntil(gateway, round, after);
    await server.stop('immediate');
    await server.restart();
    const acknowledged = await Promise.all(writes);
    expect(acknowledged.every((id) => id !== undefined)).toBe(true);
    const repeated = await Promise.all(indices.map((index) => write(gateway, round, index)));
    await expectDoneOnce(gateway, simulators, { round, acknowledged, repeated, applied });
    expect(await gateway.end('SIGTERM')).toBe(0);
  },
);

it.each(MOMENTS.map((after, index) => ({ round: CRASHES + index, after })))(
  `after a crash of both the gateway and the database server at $after answers, no write is lost or has a second effect (seed ${SEED})`,
  { timeout: TIMEOUT_MS },
  async ({ round, after }) => {
    const first = await startProcess(settings);
    onTestFinished(() => void first.end('SIGKILL'));
    const { applied, writes } = await writeUntil(first, round, after);
    await Promise.all([server.stop('immediate'), first.end('SIGKILL')]);
    const acknowledged = await Promise.all(writes);
    await server.restart();

    const second = await startProcess(settings);
    onTestFinished(() => void second.end('SIGKILL'));
    const repeated = await Promise.all(indices.map((index) => write(second, round, index)));
    await expectDoneOnce(second, simulators, { round, acknowledged, repeated, applied });
    expect(await second.end('SIGTERM')).toBe(0);
  },
);
