import { expect, test } from 'vitest';
import { startDuroSimulator } from '../../src/simulators/duro/index.ts';
import type { Fault } from '../../src/simulators/index.ts';
import { duroClient, opened } from './client.ts';

const PATH = '/v1/promo-codes';
const LAUNCH = { code: 'LAUNCH50', discountType: 'percentage', discountValue: 50 };

const FAULTS: Fault[] = [
  { kind: 'answer', status: 500, body: { error: { code: 'internal_error', message: 'Try again' } } },
  { kind: 'half-body' },
  { kind: 'truncated-json' },
  { kind: 'silence' },
  { kind: 'hang-up' },
];
const CASES = FAULTS.flatMap((fault) => [
  { kind: fault.kind, fault, made: 0 },
  { kind: fault.kind, fault: { ...fault, commit: true }, made: 1 },
]);

test.each(CASES)(
  '$kind reveals nothing about the promo code, and $made promo codes exist afterwards',
  async ({ fault, made }) => {
    const simulator = await opened(startDuroSimulator({ switches: { list: 'present' } }));
    const ask = duroClient(simulator);
    const struck = Promise.withResolvers<void>();
    simulator.fail({ ...fault, onStrike: struck.resolve });
    const answered = ask('POST', PATH, LAUNCH).catch((error: unknown) => error);
    await struck.promise;
    simulator.heal();
    expect(await answered).not.toMatchObject({ body: { id: expect.any(String) } });
    expect(Object((await ask('GET', PATH)).body).items).toHaveLength(made);
  },
);

test.each(CASES)('an idempotency key works after $kind, with $made promo codes created before', async ({ fault }) => {
  const simulator = await opened(startDuroSimulator({ switches: { list: 'present' } }));
  const ask = duroClient(simulator);
  const struck = Promise.withResolvers<void>();
  simulator.fail({ ...fault, onStrike: struck.resolve });
  const keyed = { 'idempotency-key': 'intent-1' };
  const answered = ask('POST', PATH, LAUNCH, keyed).catch((error: unknown) => error);
  await struck.promise;
  simulator.heal();
  await answered;
  const repeated = await ask('POST', PATH, LAUNCH, keyed);
  expect(repeated).toMatchObject({ status: 201, body: { code: 'LAUNCH50' } });
  expect(Object((await ask('GET', PATH)).body).items).toEqual([repeated.body]);
});
