import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { duroClient } from '../../simulators/client.ts';
import { startProcess } from '../../support/gateway-process.ts';
import { makeKeys } from '../../support/keys.ts';
import { type Json, type RunningGateway, startGateway } from '../../support/start-gateway.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const REFUSAL =
  '__typename ... on RedemptionRefusedError { reason message shortfall { minorUnits } retryAfterSeconds }';
const QUOTE = `query ($input: QuotePromoCodeInput!) { quotePromoCode(input: $input) { __typename ... on PromoCodeQuote {
  eligible asOf promoCode { id } discountAmount { minorUnits } payableAmount { minorUnits } refusal { ${REFUSAL} } } } }`;
const REDEEM = `mutation ($input: RedeemPromoCodeInput!) { redeemPromoCode(input: $input) { ${REFUSAL} } }`;
const HOLD = `mutation ($input: HoldPromoCodeInput!) { holdPromoCode(input: $input) { ${REFUSAL} } }`;

const keys = makeKeys({
  shop: 'quote+redeem',
  desk: 'read+quote+redeem',
  owner: 'manage+read+redeem',
  ops: 'operate',
  all: 'read+operate',
  bound: 'operate:DURO',
});
let gateway: RunningGateway;
async function start(settings: Record<string, string> = {}): Promise<void> {
  // limiting/lockout.test.ts tests how attempts are slowed down.
  gateway = await startGateway({ settings: { ...keys.settings, ...settings }, sleep: async () => {} });
}
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(async () => {
  vi.useRealTimers();
  await gateway.stop();
});

let number = 0;
const newKey = () => `guess-${++number}`;
const redeem = async (
  code: string,
  more: Json = {},
  headers: Record<string, string> = keys.of('shop'),
): Promise<Json> =>
  (await gateway.run(REDEEM, { input: { code, idempotencyKey: newKey(), ...more } }, headers)).redeemPromoCode;

async function create(input: Json): Promise<Json> {
  const query = `mutation ($input: CreatePromoCodeInput!) { createPromoCode(input: $input) {
    ... on CreatePromoCodePayload { promoCode { id providerId } } ... on PromotionError { message } } }`;
  const given = { discount: { percentage: '10' }, allowGatewayRules: true, ...input };
  const { createPromoCode } = await gateway.run(query, { input: given }, keys.of('owner'));
  if (!createPromoCode.promoCode) throw new Error(createPromoCode.message);
  return createPromoCode.promoCode;
}

/** Codes that cannot be used, one of each kind at each provider, and what a caller is told of each who may read. */
async function makeDeadCodes(): Promise<Record<string, string>> {
  const reasons: Record<string, string> = {};
  for (const provider of ['DURO', 'FLEXPRICE', 'STRIPE_CONNECT']) {
    const name = provider.slice(0, 3);
    const soon = new Date(gateway.now() + 1000).toISOString();
    await create({ provider, code: `${name}-OVER`, expiresAt: soon });
    await create({ provider, code: `${name}-USED`, maxRedemptions: 1 });
    await redeem(`${name}-USED`, {}, keys.of('owner'));
    await create({ provider, code: `${name}-THEIRS`, customerId: 'cus_them' });
    await create({ provider, code: `${name}-LATER`, startsAt: new Date(gateway.now() + DAY).toISOString() });
    const { id } = await create({ provider, code: `${name}-OFF` });
    const off = `mutation ($id: ID!) { updatePromoCode(input: { id: $id, active: false, allowGatewayRules: true }) { __typename } }`;
    await gateway.run(off, { id }, keys.of('owner'));
    Object.assign(reasons, {
      [`${name}-OVER`]: 'EXPIRED',
      [`${name}-USED`]: 'EXHAUSTED',
      [`${name}-THEIRS`]: 'CUSTOMER_NOT_ELIGIBLE',
      [`${name}-LATER`]: 'NOT_STARTED',
      [`${name}-OFF`]: 'INACTIVE',
      [`${name}-NONE`]: 'NOT_FOUND',
    });
  }
  gateway.advance(1000);
  return reasons;
}

/** A limit that these tests do not come to. */
const PLENTY = { ATTEMPTS_PER_CUSTOMER: '1000' };

describe('a caller that may not look codes up', () => {
  it('is told the same of every code that it cannot use, whatever has become of it and however it is tried', async () => {
    await start(PLENTY);
    const reasons = await makeDeadCodes();
    const ways: [string, string, Json][] = [
      ['a quote', QUOTE, {}],
      ['a redemption', REDEEM, { idempotencyKey: 'same' }],
      ['a hold', HOLD, { idempotencyKey: 'same-hold' }],
      ['a subscription', REDEEM, { idempotencyKey: 'same-applied', subscriptionId: 'sub_1' }],
    ];
    for (const [way, query, more] of ways) {
      for (const customer of [{ customerId: 'cus_us' }, {}]) {
        const told = new Map<string, string[]>();
        for (const code of Object.keys(reasons)) {
          const answer = JSON.stringify(
            await gateway.send(query, { input: { code, ...customer, ...more } }, keys.of('shop')),
          );
          told.set(answer, [...(told.get(answer) ?? []), code]);
        }
        expect([way, [...told.values()]]).toEqual([way, [Object.keys(reasons)]]);
        expect([...told.keys()][0]).toContain('"reason":"NOT_REDEEMABLE"');
      }
    }
  });

  it('waits for as many calls for each of them, the first time and afterwards, however old what is held is', async () => {
    await start(PLENTY);
    const reasons = await makeDeadCodes();
    gateway.advance(2 * MINUTE);
    // What is read anew of codes that are held would never come; it is not waited for.
    const silence = { kind: 'silence', times: Number.POSITIVE_INFINITY } as const;
    gateway.duro.fail(silence);
    gateway.chatdash.fail(silence);
    gateway.flexprice.fail({ ...silence, path: /search/ });
    for (const code of Object.keys(reasons)) {
      const lookUps = () => gateway.flexprice.calls.filter(({ path }) => path.includes(code)).length;
      const before = lookUps();
      for (const time of ['first', 'second']) {
        expect(await redeem(code, { customerId: 'cus_us' })).toMatchObject({ reason: 'NOT_REDEEMABLE' });
        expect([code, time, lookUps() - before]).toEqual([code, time, 1]);
      }
    }
    for (const provider of [gateway.duro, gateway.chatdash, gateway.flexprice]) provider.heal();
  });

  it('has its answer before the provider is asked about the code again, so that the call takes none of its time', async () => {
    const gate = Promise.withResolvers<void>();
    gateway = await startGateway({ settings: keys.settings, sleep: () => gate.promise });
    await create({ provider: 'DURO', code: 'DEAD', customerId: 'cus_them' });
    await redeem('NONE', { customerId: 'cus_us' });
    const calls = gateway.callsToProviders();
    expect(await redeem('DEAD', { customerId: 'cus_us' })).toMatchObject({ reason: 'NOT_REDEEMABLE' });
    // Flexprice is asked by code, as for one that nobody has.
    expect(gateway.callsToProviders()).toBe(calls + 1);
    gate.resolve();
    await gateway.gateway.reads.settled();
    expect(gateway.callsToProviders()).toBe(calls + 2);
  });

  it('redeems what can be redeemed, and is told what it can do about an order', async () => {
    await start();
    await create({ provider: 'STRIPE_CONNECT', code: 'GOOD', minimumOrder: { minorUnits: 1000, currency: 'USD' } });
    const order = (minorUnits: number) => ({ order: { amount: { minorUnits, currency: 'USD' } } });
    expect(await redeem('GOOD', order(400))).toMatchObject({
      reason: 'MINIMUM_NOT_MET',
      shortfall: { minorUnits: 600 },
    });
    expect(await redeem('GOOD', order(1000))).toEqual({ __typename: 'RedeemPayload' });
    await create({ provider: 'DURO', code: 'OURS', customerId: 'cus_us' });
    expect(await redeem('OURS', { customerId: 'cus_us' })).toEqual({ __typename: 'RedeemPayload' });
  });

  it('finds a code that was switched on again at its provider, at the second try at the latest', async () => {
    await start();
    const { id, providerId } = await create({ provider: 'DURO', code: 'AGAIN' });
    const off = 'mutation ($id: ID!) { updatePromoCode(input: { id: $id, active: false }) { __typename } }';
    await gateway.run(off, { id }, keys.of('owner'));
    await duroClient(gateway.duro)(
      'PATCH',
      `/v1/promo-codes/${providerId}`,
      { active: true },
      { 'idempotency-key': 'on' },
    );
    gateway.advance(2 * MINUTE);
    await redeem('AGAIN');
    await gateway.gateway.reads.settled();
    expect(await redeem('AGAIN')).toEqual({ __typename: 'RedeemPayload' });
  });

  it('while a provider that may know a code is out of reach, cannot tell one that is over from one that is not', async () => {
    await start();
    await makeDeadCodes();
    gateway.advance(2 * MINUTE);
    gateway.flexprice.fail({ kind: 'answer', status: 503, times: Number.POSITIVE_INFINITY });
    const unknown = await redeem('NEVER', { customerId: 'cus_us' });
    expect(unknown).toMatchObject({ reason: 'CANNOT_VERIFY' });
    for (const code of ['DUR-OVER', 'STR-USED', 'DUR-THEIRS', 'FLE-OFF']) {
      expect([code, await redeem(code, { customerId: 'cus_us' })]).toEqual([code, unknown]);
    }
  });
});

describe('a caller that may look codes up', () => {
  it('is told why, and never that it has tried too often', async () => {
    await start({ ATTEMPTS_PER_CUSTOMER: '1', ATTEMPTS_PER_CALLER: '1' });
    const reasons = await makeDeadCodes();
    for (const [code, reason] of Object.entries(reasons)) {
      expect([code, (await redeem(code, { customerId: 'cus_us' }, keys.of('desk'))).reason]).toEqual([code, reason]);
    }
  });

  it('is everybody on this machine while there are no keys', async () => {
    gateway = await startGateway({ settings: { ATTEMPTS_PER_CUSTOMER: '1' } });
    for (let tries = 0; tries < 3; tries += 1) {
      expect(await redeem('NONE', { customerId: 'cus_us' }, {})).toMatchObject({ reason: 'NOT_FOUND' });
    }
  });
});

describe('failed attempts are limited', () => {
  const fail = (customerId: string | undefined, headers?: Record<string, string>) =>
    redeem(`NONE-${++number}`, { customerId }, { ...keys.of('shop'), ...headers });
  async function failing(times: number, customerId?: string, headers?: Record<string, string>): Promise<string[]> {
    const answers = [];
    for (let tries = 0; tries < times; tries += 1) answers.push((await fail(customerId, headers)).reason);
    return [...new Set(answers)];
  }

  it('for each customer, who is told when to come back, and is heard then', async () => {
    await start({ ATTEMPTS_WINDOW_SECONDS: '60' });
    await create({ provider: 'DURO', code: 'GOOD' });
    expect(await failing(10, 'cus_one')).toEqual(['NOT_REDEEMABLE']);
    const calls = gateway.callsToProviders();
    for (const code of ['GUESS', 'GOOD']) {
      expect(await redeem(code, { customerId: 'cus_one' })).toMatchObject({
        reason: 'TOO_MANY_ATTEMPTS',
        retryAfterSeconds: 60,
        message: 'Too many codes were tried: wait a while.',
      });
    }
    const { quotePromoCode } = await gateway.run(
      QUOTE,
      { input: { code: 'GOOD', customerId: 'cus_one' } },
      keys.of('shop'),
    );
    expect(quotePromoCode).toMatchObject({
      eligible: false,
      promoCode: null,
      refusal: { reason: 'TOO_MANY_ATTEMPTS' },
    });
    expect(gateway.callsToProviders()).toBe(calls);
    expect(await redeem('GOOD', { customerId: 'cus_two' })).toEqual({ __typename: 'RedeemPayload' });
    expect((await redeem('NONE', { customerId: 'cus_one' }, keys.of('desk'))).reason).toBe('NOT_FOUND');
    vi.setSystemTime(Date.now() + 60_000);
    expect(await redeem('GOOD', { customerId: 'cus_one' })).toEqual({ __typename: 'RedeemPayload' });
  });

  it('sent at once no less than in turn', async () => {
    await start();
    const answers = await Promise.all(Array.from({ length: 200 }, () => fail('cus_one')));
    expect(answers.filter(({ reason }) => reason === 'NOT_REDEEMABLE')).toHaveLength(10);
    expect(answers.filter(({ reason }) => reason === 'TOO_MANY_ATTEMPTS')).toHaveLength(190);
  });

  it('what succeeds counts for nothing', async () => {
    await start();
    await create({ provider: 'DURO', code: 'GOOD' });
    for (let uses = 0; uses < 20; uses += 1) {
      expect(await redeem('GOOD', { customerId: 'cus_one' })).toEqual({ __typename: 'RedeemPayload' });
    }
    expect(await failing(10, 'cus_one')).toEqual(['NOT_REDEEMABLE']);
  });

  it('in all processes together, and across a restart', async () => {
    await start();
    expect(await failing(7, 'cus_one')).toEqual(['NOT_REDEEMABLE']);
    const other = await startProcess({ ...gateway.variables, SYNC_SECONDS: '0' });
    const query = {
      query: REDEEM,
      variables: { input: { code: 'X', customerId: 'cus_one', idempotencyKey: newKey() } },
    };
    const body = JSON.stringify(query);
    const ask = async () => {
      const headers = { 'content-type': 'application/json', ...keys.of('shop') };
      const answer: Json = await (await fetch(other.url, { method: 'POST', headers, body })).json();
      return answer.data.redeemPromoCode.reason;
    };
    try {
      const answers = [await ask(), await ask(), await ask(), await ask()];
      expect(answers).toEqual([...Array(3).fill('NOT_REDEEMABLE'), 'TOO_MANY_ATTEMPTS']);
      expect((await fail('cus_one')).reason).toBe('TOO_MANY_ATTEMPTS');
    } finally {
      await other.end('SIGTERM');
    }
  });

  it("for each customer's address, which a proxy that is trusted tells, and nobody else", async () => {
    await start({ TRUSTED_PROXIES: 'loopback', ATTEMPTS_PER_ADDRESS: '5' });
    const from = (addresses: string) => ({ 'x-forwarded-for': addresses });
    expect(await failing(5, undefined, from('203.0.113.7'))).toEqual(['NOT_REDEEMABLE']);
    for (const addresses of [
      '203.0.113.7',
      '198.51.100.1, 203.0.113.7',
      '203.0.113.7, 127.0.0.1',
      '::ffff:203.0.113.7',
    ]) {
      expect([addresses, await failing(1, 'cus_new', from(addresses))]).toEqual([addresses, ['TOO_MANY_ATTEMPTS']]);
    }
    expect(await failing(1, undefined, from('203.0.113.7, 198.51.100.1'))).toEqual(['NOT_REDEEMABLE']);
    expect(await failing(5, undefined, from('2001:db8::1'))).toEqual(['NOT_REDEEMABLE']);
    expect(await failing(1, undefined, from('2001:db8::ffff:2'))).toEqual(['TOO_MANY_ATTEMPTS']);
    expect(await failing(1, undefined, from('2001:db8:0:1::1'))).toEqual(['NOT_REDEEMABLE']);
  });

  it("nor is a shop's server behind a proxy, which is trusted to say for whom it asks", async () => {
    await start({ TRUSTED_PROXIES: 'loopback, 192.0.2.0/24', ATTEMPTS_PER_ADDRESS: '5' });
    const from = (addresses: string) => ({ 'x-forwarded-for': addresses });
    expect(await failing(20, undefined, from('192.0.2.8'))).toEqual(['NOT_REDEEMABLE']);
    expect(await failing(5, undefined, from('203.0.113.7, 192.0.2.8'))).toEqual(['NOT_REDEEMABLE']);
    expect(await failing(1, undefined, from('203.0.113.7, 192.0.2.8'))).toEqual(['TOO_MANY_ATTEMPTS']);
  });

  it("a shop's own server is no customer's address: a campaign that is used up shuts nobody out", async () => {
    await start({ ATTEMPTS_PER_ADDRESS: '5', ATTEMPTS_PER_CALLER: '200' });
    await create({ provider: 'DURO', code: 'CAMPAIGN', maxRedemptions: 1 });
    await redeem('CAMPAIGN');
    for (let customer = 0; customer < 100; customer += 1) {
      const headers = { ...keys.of('shop'), 'x-forwarded-for': '203.0.113.7' };
      expect((await redeem('CAMPAIGN', { customerId: `cus_${customer}` }, headers)).reason).toBe('NOT_REDEEMABLE');
    }
    expect(await failing(100)).toEqual(['NOT_REDEEMABLE']);
    expect(await failing(1)).toEqual(['TOO_MANY_ATTEMPTS']);
  });
});

describe('failed attempts are kept', () => {
  const LIST = `query ($filter: FailedAttemptFilter, $first: Int, $after: String) {
    failedAttempts(filter: $filter, first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor }
      nodes { id at caller customerId address code reason } } }`;
  const list = async (variables: Json = {}): Promise<Json> =>
    (await gateway.run(LIST, variables, keys.of('ops'))).failedAttempts;

  it('with what the caller was not told, for those who operate', async () => {
    await start({ TRUSTED_PROXIES: 'loopback' });
    await makeDeadCodes();
    await redeem('dur-over ', { customerId: 'cus_one' });
    gateway.advance(1000);
    await gateway.run(
      QUOTE,
      { input: { code: ' STR–USED\u200b' } },
      { ...keys.of('shop'), 'x-forwarded-for': '203.0.113.7' },
    );
    gateway.advance(1000);
    await redeem('NONE', { customerId: 'cus_two' });
    await redeem('NONE', { customerId: 'cus_two' }, keys.of('desk'));
    const { nodes, totalCount } = await list();
    expect(nodes).toMatchObject([
      { customerId: 'cus_two', address: null, code: 'NONE', reason: 'NOT_FOUND', caller: 'shop' },
      { customerId: null, address: '203.0.113.7', code: 'STR-USED', reason: 'EXHAUSTED', caller: 'shop' },
      { customerId: 'cus_one', address: null, code: 'dur-over', reason: 'EXPIRED', caller: 'shop' },
    ]);
    expect(totalCount).toBe(3);
    const bound = await gateway.run(LIST, {}, keys.of('bound'));
    expect(bound.failedAttempts).toMatchObject({ totalCount: 0, nodes: [] });
    const codes = async (filter: Json) => (await list({ filter })).nodes.map(({ code }: Json) => code);
    expect(await codes({ customerId: 'cus_one' })).toEqual(['dur-over']);
    expect(await codes({ address: '203.0.113.7', caller: 'shop' })).toEqual(['STR-USED']);
    expect(await codes({ caller: 'nobody' })).toEqual([]);
    expect(await codes({ after: nodes[2].at })).toEqual(['NONE', 'STR-USED']);
    expect(await codes({ before: nodes[0].at, after: nodes[2].at })).toEqual(['STR-USED']);
    const first = await list({ first: 2 });
    expect(first).toMatchObject({ pageInfo: { hasNextPage: true }, totalCount: 3 });
    expect((await list({ first: 2, after: first.pageInfo.endCursor })).nodes).toMatchObject([{ code: 'dur-over' }]);
  });

  it('each by its id, for those who may list them', async () => {
    await start();
    await redeem('NONE');
    const [{ id }] = (await list()).nodes;
    const node = 'query ($id: ID!) { node(id: $id) { id ... on FailedAttempt { code } } }';
    expect((await gateway.run(node, { id }, keys.of('all'))).node).toEqual({ id, code: 'NONE' });
    expect((await gateway.run(node, { id }, keys.of('desk'))).node).toBeNull();
  });

  it('of what is typed only as much as a code can be long', async () => {
    await start();
    const code = 'x'.repeat(1000);
    const quoted = await gateway.run(QUOTE, { input: { code } }, keys.of('shop'));
    expect(quoted.quotePromoCode.refusal.reason).toBe('NOT_REDEEMABLE');
    expect((await list()).nodes[0].code).toBe('x'.repeat(100));
  });

  it('for seven days', async () => {
    await start();
    await redeem('NONE');
    const { store } = gateway.gateway;
    gateway.advance(7 * DAY - 1);
    store.attempts.forgetOld(gateway.now());
    expect((await list()).totalCount).toBe(1);
    gateway.advance(1);
    store.attempts.forgetOld(gateway.now());
    expect((await list()).totalCount).toBe(0);
  });

  it('and nothing of them is in the log', async () => {
    await start();
    await redeem('SECRET-GUESS', { customerId: 'cus_secret' });
    expect(JSON.stringify(gateway.logged)).toContain('NOT_REDEEMABLE');
    for (const secret of ['SECRET-GUESS', 'cus_secret']) expect(JSON.stringify(gateway.logged)).not.toContain(secret);
  });
});
