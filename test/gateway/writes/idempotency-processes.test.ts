import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CHOSEN_STORES, type TestStore } from '../../store/test-stores.ts';
import { call, KEYED_MUTATIONS, type KeyedMutation } from '../../support/keyed-mutations.ts';
import type { Run } from '../../support/mutations.ts';
import { type GatewayProcess, startProcess } from '../../support/processes/gateway-process.ts';
import { isWrite } from '../../support/shop.ts';
import { closeSimulators, type Simulators, startSimulators, variablesOf } from '../../support/simulators.ts';
import type { Json } from '../../support/start-gateway.ts';

/** Processes start slowly on a busy machine. */
const TEST_TIMEOUT_MS = 240_000;

let store: TestStore;
let simulators: Simulators;
let settings: Record<string, string>;
const running: GatewayProcess[] = [];

const writes = () => Object.values(simulators).flatMap(({ calls }) => calls.filter(isWrite));

async function start(): Promise<GatewayProcess> {
  const gateway = await startProcess(settings);
  running.push(gateway);
  return gateway;
}

async function stop(gateway: GatewayProcess): Promise<void> {
  running.splice(running.indexOf(gateway), 1);
  expect(await gateway.end('SIGTERM')).toBe(0);
}

function runIn(gateway: GatewayProcess): Run {
  return async (query, variables) => {
    const { data, errors } = await gateway.send(query, variables);
    expect(errors).toBeUndefined();
    return data;
  };
}

describe.each(CHOSEN_STORES)('on %s', (_, createStore) => {
  beforeAll(async () => {
    store = await createStore();
    simulators = await startSimulators();
    settings = {
      ...variablesOf(simulators),
      DATABASE_URL: store.url,
      STRIPE_CONNECT_ACCOUNTS: 'acct_one',
      PROVIDER_DEADLINE_MS: '20000',
    };
  });
  afterEach(() => {
    for (const simulator of Object.values(simulators)) simulator.heal();
  });
  afterAll(async () => {
    await Promise.all(running.splice(0).map((gateway) => gateway.end('SIGTERM')));
    await closeSimulators(simulators);
    await store.remove();
  });

  it('every idempotency key returns the same object after a restart', { timeout: TEST_TIMEOUT_MS }, async () => {
    const before = await start();
    const done: { keyed: KeyedMutation; input: Json; answer: Json }[] = [];
    for (const keyed of KEYED_MUTATIONS) {
      const input = { ...(await keyed.arrange(runIn(before))), idempotencyKey: `restart-${keyed.title}` };
      done.push({ keyed, input, answer: await call(runIn(before), keyed, input) });
    }
    expect(done.filter(({ answer }) => answer.replayed === false)).toHaveLength(KEYED_MUTATIONS.length);
    const sent = writes().length;
    await stop(before);

    const after = await start();
    for (const { keyed, input, answer } of done) {
      expect(await call(runIn(after), keyed, input), keyed.title).toEqual({ ...answer, replayed: true });
    }
    expect(writes()).toHaveLength(sent);
  });

  describe('a second process', () => {
    let one: GatewayProcess;
    let other: GatewayProcess;
    beforeAll(async () => {
      [one, other] = await Promise.all([start(), start()]);
    }, TEST_TIMEOUT_MS);

    it.each(KEYED_MUTATIONS.filter((keyed) => keyed.writes > 0))(
      'waits for a $title that another process has in progress, and returns its object',
      { timeout: TEST_TIMEOUT_MS },
      async (keyed) => {
        const input = { ...(await keyed.arrange(runIn(one))), idempotencyKey: `wait-${keyed.title}` };
        const sent = writes().length;
        const released = Promise.withResolvers<void>();
        const struck = Promise.withResolvers<void>();
        for (const simulator of Object.values(simulators)) {
          for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
            simulator.fail({
              kind: 'late',
              method,
              path: /^(?!.*\/search$)/,
              delay: released.promise,
              onStrike: struck.resolve,
            });
          }
        }
        const first = call(runIn(one), keyed, input);
        await struck.promise;

        let answered = false;
        const second = call(runIn(other), keyed, input).finally(() => {
          answered = true;
        });
        // The other process reads the waiting call before it has answered all of these.
        for (let index = 0; index < 20; index += 1) await runIn(other)('{ promoCodes { totalCount } }');
        expect(answered).toBe(false);
        released.resolve();

        const made = await first;
        expect(made).toMatchObject({ replayed: false });
        expect(await second).toEqual({ ...made, replayed: true });
        expect(writes()).toHaveLength(sent + keyed.writes);
      },
    );
  });
});
