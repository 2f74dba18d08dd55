import { createServer } from 'node:net';
import { inspect } from 'node:util';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ProviderName } from '../../src/domain/promotion/promotion.ts';
import type { NewPromoCode, Provider } from '../../src/domain/provider/provider.ts';
import type { Fault } from '../../src/simulators/index.ts';
import { draftPromoCode, failureOf, freshCode, type Subject, writeCall } from './subject.ts';

type Expected = Record<string, unknown>;
const PAGE = '<!doctype html><title>Bad gateway</title>';

/** A fault, the failure that it means for a read, and the differences for a write. */
const FAULTS: ReadonlyArray<[name: string, fault: Fault, forRead: Expected, forWrite?: Expected]> = [
  ['401', answer(401, { error: 'Unauthorized' }), { kind: 'UNAUTHORIZED', unchanged: true, retryable: false }],
  ['403', answer(403, { message: 'insufficient permissions' }), { kind: 'UNAUTHORIZED', unchanged: true }],
  ['404', answer(404, { error: 'gone' }), { kind: 'REJECTED', reason: 'NOT_FOUND', unchanged: true }],
  ['404 in HTML', answer(404, PAGE), { kind: 'REJECTED', unchanged: true }, { reason: 'NOT_FOUND' }],
  ['400', answer(400, { error: 'odd' }), { kind: 'REJECTED', reason: undefined, unchanged: true, retryable: false }],
  [
    '409',
    answer(409, { error: 'no' }),
    { kind: 'REJECTED', reason: 'CONFLICT', unchanged: true },
    { reason: 'CODE_TAKEN' },
  ],
  ['422', answer(422, { error: 'bad' }), { kind: 'REJECTED', reason: undefined, unchanged: true, retryable: false }],
  [
    '429',
    answer(429, 'slow down'),
    { kind: 'RATE_LIMITED', unchanged: true, retryable: true, retryAfterSeconds: undefined },
  ],
  ['429 with a wait', answer(429, {}, '7'), { kind: 'RATE_LIMITED', unchanged: true, retryAfterSeconds: 7 }],
  [
    '500',
    answer(500, { error: 'An unexpected error occurred' }),
    { kind: 'UNAVAILABLE', unchanged: true, retryable: true },
  ],
  ['502 in HTML', answer(502, PAGE), { kind: 'UNAVAILABLE', unchanged: true }],
  ['503 with a wait', answer(503, '', '120'), { kind: 'UNAVAILABLE', unchanged: true, retryAfterSeconds: 120 }],
  ['200 in HTML', answer(200, PAGE), { kind: 'MALFORMED_ANSWER', unchanged: true, retryable: true }],
  ['200 of another shape', answer(200, { hello: 'world' }), { kind: 'MALFORMED_ANSWER', unchanged: true }],
  ['200 without a body', answer(200, ''), { kind: 'MALFORMED_ANSWER', unchanged: true }],
  ['a redirect', redirect(), { kind: 'MALFORMED_ANSWER', unchanged: true }],
  ['half a JSON text', { kind: 'truncated-json' }, { kind: 'MALFORMED_ANSWER', unchanged: true }],
  ['half a body', { kind: 'half-body' }, { kind: 'UNAVAILABLE', unchanged: true, retryable: true }],
  ['a closed socket', { kind: 'hang-up' }, { kind: 'UNAVAILABLE', unchanged: true }],
];
/** Where one provider differs. */
const OF_PROVIDER: Partial<Record<ProviderName, Record<string, { read?: Expected; write?: Expected }>>> = {
  STRIPE: {
    // It looks codes up in a list, which always exists.
    '404': { read: { reason: 'NOT_FOUND' } },
    // An earlier try of the same write still runs.
    '409': { write: { kind: 'UNAVAILABLE', reason: undefined, unchanged: false, retryable: true } },
  },
};
/** Failure kinds after which a write may have happened. */
const UNKNOWN_OUTCOME = new Set(['UNAVAILABLE', 'MALFORMED_ANSWER', 'TIMED_OUT']);

export function describeFailures(subject: Subject): void {
  const { provider, simulator, observed } = subject;
  let draft: NewPromoCode;
  beforeAll(async () => {
    draft = await draftPromoCode(subject);
  });
  beforeEach(() => {
    observed.length = 0;
  });

  const read = (by: Provider) =>
    by.findPromoCodes?.('any', {}) ?? by.readPromoCode?.('promo_1', {}) ?? by.listCoupons?.({ limit: 1 }, {});
  const write = (by: Provider) => by.createPromoCode?.({ ...draft, code: freshCode() }, writeCall());

  describe.each(FAULTS)('%s', (name, fault, forRead, forWrite) => {
    const own = OF_PROVIDER[provider.name]?.[name] ?? {};

    test('has its own failure kind for a read', async () => {
      simulator.fail(fault);
      if (forRead.reason === 'NOT_FOUND' && provider.readPromoCode && !own.read) {
        return expect(await read(provider)).toEqual(provider.findPromoCodes ? [] : null);
      }

      const failure = await failureOf(read(provider));

      expect(failure).toMatchObject({ provider: provider.name, ...forRead, ...own.read });
      expect(inspect(failure, { depth: 10 })).not.toContain(simulator.apiKey);
    });

    test('has its own failure kind for a write', async () => {
      simulator.fail({ ...fault, method: 'POST' });
      const unchanged = !UNKNOWN_OUTCOME.has(String(forRead.kind));

      const failure = await failureOf(write(provider));

      expect(failure).toMatchObject({ ...forRead, unchanged, ...forWrite, ...own.write });
    });

    test('is observed as its kind with its reason, and an expected refusal as OK', async () => {
      simulator.fail({ ...fault, method: 'POST' });
      const { message } = await failureOf(write(provider));

      const isNo = ['404', '404 in HTML', '409', '422'].includes(name) && !own.write;
      const [call] = observed;
      const outcome = isNo ? 'OK' : (own.write ?? forRead).kind;
      expect(call).toEqual({
        provider: provider.name,
        operation: 'createPromoCode',
        outcome,
        message,
        durationMs: expect.any(Number),
      });
    });
  });

  test('an answer after the deadline leaves a write in doubt, and fails a read', async () => {
    const hasty = subject.reconnect({ deadlineMs: 100 });
    simulator.fail({ kind: 'silence', times: 2 });

    expect(await failureOf(read(hasty))).toMatchObject({ kind: 'TIMED_OUT', unchanged: true, retryable: true });
    expect(await failureOf(write(hasty))).toMatchObject({ kind: 'TIMED_OUT', unchanged: false, retryable: true });
  });

  test('a refused connection has changed nothing', async () => {
    const nobody = subject.reconnect({ baseUrl: `http://127.0.0.1:${await closedPort()}` });

    expect(await failureOf(read(nobody))).toMatchObject({ kind: 'UNAVAILABLE', unchanged: true, retryable: true });
    expect(await failureOf(write(nobody))).toMatchObject({ kind: 'UNAVAILABLE', unchanged: true, retryable: true });
  });
}

function answer(status: number, body: unknown, retryAfter?: string): Fault {
  return { kind: 'answer', status, body, headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter } };
}

function redirect(): Fault {
  return { kind: 'answer', status: 307, body: '', headers: { location: '/elsewhere' } };
}

/** A port of this machine that nothing listens on. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('expected a port');
  return address.port;
}
