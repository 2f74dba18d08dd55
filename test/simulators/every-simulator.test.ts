import { describe, expect, test } from 'vitest';
import { startChatdashSimulator } from '../../src/simulators/chatdash/index.ts';
import { startDuroSimulator } from '../../src/simulators/duro/index.ts';
import { startFlexpriceSimulator } from '../../src/simulators/flexprice/index.ts';
import type { Simulator, SimulatorOptions } from '../../src/simulators/index.ts';
import { startStripeSimulator } from '../../src/simulators/stripe/index.ts';
import {
  type Ask,
  chatdashClient,
  controlClient,
  duroClient,
  flexpriceClient,
  idOf,
  opened,
  stripeClient,
} from './client.ts';

interface Subject {
  start(options: SimulatorOptions): Promise<Simulator>;
  client(simulator: Simulator): Ask;
  path: string;
  body: Record<string, unknown> | string;
  /** The status of a creation. */
  created: number;
}

const SUBJECTS: [name: string, subject: Subject][] = [
  [
    'Duro',
    {
      start: startDuroSimulator,
      client: duroClient,
      path: '/v1/promo-codes',
      body: { code: 'KEEP', discountType: 'percentage', discountValue: 5 },
      created: 201,
    },
  ],
  [
    'Flexprice',
    {
      start: startFlexpriceSimulator,
      client: flexpriceClient,
      path: '/coupons',
      body: { name: 'Keep', type: 'percentage', percentage_off: '5', cadence: 'once', coupon_code: 'keep' },
      created: 201,
    },
  ],
  [
    'ChatDash',
    {
      start: startChatdashSimulator,
      client: chatdashClient,
      path: '/coupons',
      body: { data: { id: 'keep', name: 'Keep', percent_off: 5, duration: 'once' } },
      created: 201,
    },
  ],
  [
    'Stripe',
    {
      start: startStripeSimulator,
      client: stripeClient,
      path: '/v1/coupons',
      body: 'id=keep&percent_off=5',
      created: 200,
    },
  ],
];

describe.each(SUBJECTS)('the simulator of %s', (_, { start, client, path, body, created }) => {
  test('answers with a fault once, and then normally', async () => {
    const simulator = await opened(start({}));
    const ask = client(simulator);
    simulator.fail({ kind: 'answer', status: 503, body: '<html>down</html>' });
    expect(await ask('POST', path, body)).toMatchObject({ status: 503, body: '<html>down</html>' });
    expect((await ask('POST', path, body)).status).toBe(created);
    expect(simulator.calls.filter(({ method }) => method === 'POST')).toHaveLength(2);
  });

  test.each(['half-body', 'hang-up'] as const)('fails by %s before or after the real work', async (kind) => {
    const simulator = await opened(start({}));
    const ask = client(simulator);
    simulator.fail({ kind });
    await expect(ask('POST', path, body)).rejects.toThrow();
    simulator.fail({ kind, commit: true });
    await expect(ask('POST', path, body)).rejects.toThrow();
    const repeated = await ask('POST', path, body);
    expect(repeated.status).toBeGreaterThanOrEqual(400);
  });

  test('stays silent until its faults are removed', async () => {
    const simulator = await opened(start({}));
    const struck = Promise.withResolvers<void>();
    simulator.fail({ kind: 'silence', onStrike: struck.resolve });
    const silent = expect(client(simulator)('POST', path, body)).rejects.toThrow();
    await struck.promise;
    simulator.heal();
    await silent;
  });

  test('accepts uses and faults from other processes', async () => {
    const simulator = await opened(start({}));
    const control = controlClient(simulator);
    const id = idOf(await client(simulator)('POST', path, body));
    expect((await control('POST', '/_sandbox/redeem', { id, uses: 2 })).status).toBeLessThan(300);
    expect(simulator.redeemed(id)).toBe(2);
    await control('POST', '/_sandbox/faults', { kind: 'answer', status: 429 });
    expect((await client(simulator)('POST', path, body)).status).toBe(429);
    const { body: calls } = await control('GET', '/_sandbox/calls');
    expect(calls).toHaveLength(2);
  });

  test('lists calls without their keys', async () => {
    const simulator = await opened(start({ apiKey: 'key-of-a-test' }));
    await client(simulator)('POST', path, body);
    const { body: calls } = await controlClient(simulator)('GET', '/_sandbox/calls');
    expect(calls).toMatchObject([{ method: 'POST' }]);
    expect(JSON.stringify(simulator.calls)).toContain('key-of-a-test');
    expect(JSON.stringify(calls)).not.toContain('key-of-a-test');
  });

  test('keeps only its newest calls, if a number is given', async () => {
    const simulator = await opened(start({ keptCalls: 2 }));
    const ask = client(simulator);
    for (const method of ['POST', 'PUT', 'DELETE']) await ask(method, path, body);
    expect(simulator.calls.map(({ method }) => method)).toEqual(['PUT', 'DELETE']);
  });
});
