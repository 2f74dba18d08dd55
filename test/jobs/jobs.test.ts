import { afterAll, beforeAll, expect, it } from 'vitest';
import { startJobs } from '../../src/jobs/start-jobs.ts';
import { EVERYTHING } from '../store/store-parts.ts';
import { type RunningGateway, startGateway } from '../support/start-gateway.ts';

let gateway: RunningGateway;
let jobs: ReturnType<typeof startJobs>;
beforeAll(async () => {
  gateway = await startGateway();
  jobs = startJobs(gateway.gateway, () => {}, { pauseMs: 5 });
});
afterAll(async () => {
  await jobs.stop();
  await gateway.stop();
});

/** Yields the events of a subscription as they arrive. */
async function* listen(query: string): AsyncGenerator<string> {
  const stop = new AbortController();
  const stream = await fetch(gateway.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query }),
    signal: stop.signal,
  });
  try {
    for await (const chunk of stream.body ?? []) yield Buffer.from(chunk).toString();
  } finally {
    stop.abort();
  }
}

const create = (code: string) =>
  gateway.run(
    `mutation { createPromoCode(input: { provider: FLEXPRICE, code: "${code}", discount: { percentage: "10" },
      maxRedemptions: 1 }) { __typename } }`,
  );

it('a hold expires without a request: its use is free again, and subscribers get the change', async () => {
  await create('HELD');
  const events = listen('subscription { redemptionChanged { status promotion { heldCount remaining } } }');
  await gateway.run(
    'mutation { holdPromoCode(input: { code: "HELD", holdSeconds: 60, idempotencyKey: "hold" }) { __typename } }',
  );
  let heard = '';
  for await (const event of events) {
    if (heard === '') gateway.advance(60_000);
    heard += event;
    if (heard.includes('EXPIRED')) break;
  }
  expect(heard).toContain('{"status":"EXPIRED","promotion":{"heldCount":0,"remaining":1}}');
  const { redemptions } = await gateway.run('{ redemptions { nodes { status } } }');
  expect(redemptions?.nodes).toEqual([{ status: 'EXPIRED' }]);
});

it('the statuses that lists are filtered by follow the clock without a request', async () => {
  const { statuses } = gateway.gateway.store;
  const expiresAt = new Date(gateway.now() + 1000).toISOString();
  await gateway.run(
    `mutation { createPromoCode(input: { provider: DURO, code: "ENDS", discount: { percentage: "10" },
      expiresAt: "${expiresAt}" }) { __typename } }`,
  );
  while (!(await statuses.isCurrent(gateway.now()))) await gateway.run('{ __typename }');
  gateway.advance(1000);
  expect(await statuses.isCurrent(gateway.now())).toBe(false);
  while (!(await statuses.isCurrent(gateway.now()))) await gateway.run('{ __typename }');
});

it('a code whose creation was lost appears without a request', async () => {
  gateway.flexprice.fail({ kind: 'hang-up', commit: true, method: 'POST', path: /coupons$/ });
  await create('LOST');
  const find = () => gateway.run('{ promoCodeByCode(code: "LOST", policy: CACHE_ONLY) { code } }');
  let found = await find();
  while (found.promoCodeByCode === null) found = await find();
  expect(found).toEqual({ promoCodeByCode: { code: 'lost' } });
});

it('idempotency keys are deleted after 30 days', async () => {
  const { idempotencyKeys } = gateway.gateway.store;
  const call = { caller: 'anonymous', key: 'hold', mutation: 'other', inputHash: 'other', ...EVERYTHING };
  expect(await idempotencyKeys.state(call, gateway.now())).toEqual({ kind: 'CONFLICT' });
  const then = gateway.now();
  gateway.advance(30 * 24 * 60 * 60 * 1000);
  // Judged at the earlier time, when the key was still valid.
  while ((await idempotencyKeys.state(call, then)).kind === 'CONFLICT') await gateway.run('{ __typename }');
  expect(await idempotencyKeys.state(call, then)).toEqual({ kind: 'UNUSED' });
});

it('the size of the store is measured without a request', async () => {
  while (gateway.gateway.store.bytes() === null) await gateway.run('{ __typename }');
  expect(gateway.gateway.store.bytes()).toBeGreaterThan(0);
});
