import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { Webhook } from 'standardwebhooks';
import Stripe from 'stripe';
import { beforeEach, describe, expect, it } from 'vitest';
import { freshGateway } from '../../support/gateways.ts';
import { openShop, type Shop } from '../../support/shop.ts';
import type { RunningGateway } from '../../support/start-gateway.ts';

const DURO_SECRET = 'whsec_of_duro';
const SVIX_SECRET = `whsec_${Buffer.from('a secret of flexprice').toString('base64')}`;
const STRIPE_SECRET = 'whsec_of_stripe';
const MINUTE = 60_000;

let gateway: RunningGateway;
let shop: Shop;
let events = 0;
beforeEach(async () => {
  gateway = await freshGateway({
    settings: {
      DURO_WEBHOOK_SECRET: DURO_SECRET,
      FLEXPRICE_WEBHOOK_SECRET: SVIX_SECRET,
      STRIPE_WEBHOOK_SECRET: STRIPE_SECRET,
    },
  });
  shop = openShop(gateway);
});

interface Sent {
  id?: string;
  /** The data of the event. */
  data?: object;
  /** The age of the signature in milliseconds. */
  age?: number;
  secret?: string;
  /** The body to send instead of the signed one. */
  body?: string;
  without?: string;
  /** True: sends no Content-Length. */
  isStreamed?: boolean;
}

type Deliver = (sent?: Sent) => Promise<number>;

const post = async (provider: string, body: string, headers: Record<string, string>) =>
  (await fetch(new URL(`/webhooks/${provider}`, gateway.url), { method: 'POST', body, headers })).status;

/** Sends a body without Content-Length. */
async function stream(provider: string, body: string, headers: Record<string, string>): Promise<number> {
  const call = request(new URL(`/webhooks/${provider}`, gateway.url), { method: 'POST', headers });
  call.write(body);
  call.end();
  const [answer] = await once(call, 'response');
  answer.resume();
  return answer.statusCode;
}

function withoutOne(headers: Record<string, string>, name: string | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name));
}

const duro: Deliver = ({
  id = `evt_${++events}`,
  data = {},
  age = 0,
  secret = DURO_SECRET,
  body,
  without,
  isStreamed,
} = {}) => {
  const signed = JSON.stringify({ id, type: 'plan.updated', data });
  const time = Math.floor((gateway.now() - age) / 1000);
  const signature = createHmac('sha256', secret).update(`${time}.${signed}`).digest('hex');
  const headers = { 'duro-signature': `t=${time},v1=${signature}`, 'duro-event-id': id };
  return (isStreamed ? stream : post)('duro', body ?? signed, withoutOne(headers, without));
};

const flexprice: Deliver = ({
  id = `msg_${++events}`,
  data = {},
  age = 0,
  secret = SVIX_SECRET,
  body,
  without,
  isStreamed,
} = {}) => {
  const signed = JSON.stringify({ event_type: 'subscription.updated', ...data });
  const time = new Date(gateway.now() - age);
  const headers = {
    'svix-id': id,
    'svix-timestamp': String(Math.floor(time.getTime() / 1000)),
    'svix-signature': `v1,bm90IHRoaXMgb25l ${new Webhook(secret).sign(id, time, signed)}`,
  };
  return (isStreamed ? stream : post)('flexprice', body ?? signed, withoutOne(headers, without));
};

const stripe: Deliver = ({
  id = `evt_${++events}`,
  data = {},
  age = 0,
  secret = STRIPE_SECRET,
  body,
  without,
  isStreamed,
} = {}) => {
  const payload = JSON.stringify({ id, type: 'coupon.updated', data: { object: { id: 'coupon', ...data } } });
  const timestamp = Math.floor((gateway.now() - age) / 1000);
  const headers = { 'stripe-signature': Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp }) };
  return (isStreamed ? stream : post)('stripe', body ?? payload, withoutOne(headers, without));
};

const PROVIDERS: [provider: string, Deliver, other: string, headers: string[]][] = [
  ['duro', duro, 'whsec_other', ['duro-signature', 'duro-event-id']],
  ['stripe', stripe, 'whsec_other', ['stripe-signature']],
  [
    'flexprice',
    flexprice,
    `whsec_${Buffer.from('another secret').toString('base64')}`,
    ['svix-id', 'svix-timestamp', 'svix-signature'],
  ],
];
/** The count of each outcome, as the metrics show it. */
const counted = async () => {
  const metrics = await (await fetch(new URL('/metrics', gateway.url))).text();
  const lines = metrics.matchAll(/^promo_gateway_webhook_deliveries_total\{provider="\w+",outcome="(\w+)"\} (\d+)$/gm);
  return Object.fromEntries([...lines].map(([, outcome, times]) => [outcome, Number(times)]));
};

describe.each(PROVIDERS)('a delivery of %s', (provider, deliver, otherSecret, headers) => {
  it('is accepted once if it is signed', async () => {
    const id = 'once';
    expect(await deliver({ id })).toBe(202);
    expect(await deliver({ id })).toBe(200);
    expect(await deliver({ id: 'another' })).toBe(202);
    expect(await counted()).toEqual({ ACCEPTED: 2, DUPLICATE: 1 });
  });

  it('that arrives several times in parallel is processed once', async () => {
    const statuses = await Promise.all(Array.from({ length: 10 }, () => deliver({ id: 'many' })));
    expect(statuses.filter((status) => status === 202)).toHaveLength(1);
  });

  it('is rejected without a signature, with another secret, or with another body', async () => {
    for (const without of headers) expect(await deliver({ without })).toBe(401);
    expect(await deliver({ secret: otherSecret })).toBe(401);
    expect(await deliver({ body: '{"id":"forged"}' })).toBe(401);
    expect(await counted()).toEqual({ UNSIGNED: headers.length, BAD_SIGNATURE: 2 });
  });

  it('is rejected if its timestamp is old', async () => {
    expect(await deliver({ age: 4 * MINUTE })).toBe(202);
    expect(await deliver({ age: 5 * MINUTE + 1000 })).toBe(401);
    expect(await counted()).toEqual({ ACCEPTED: 1, STALE: 1 });
  });

  // As the official client of Stripe does.
  const isForgiven = provider === 'stripe';
  it(`is ${isForgiven ? 'accepted' : 'rejected'} if its timestamp is in the future`, async () => {
    expect(await deliver({ age: -6 * MINUTE })).toBe(isForgiven ? 202 : 401);
  });

  it('is rejected if its id is too long', async () => {
    expect(await deliver({ id: 'x'.repeat(255) })).toBe(202);
    expect(await deliver({ id: 'x'.repeat(256) })).toBe(400);
    expect(await counted()).toEqual({ ACCEPTED: 1, MALFORMED: 1 });
  });

  it('is rejected if it is too large, with or without Content-Length', async () => {
    const data = { filling: 'x'.repeat(300 * 1024) };
    expect(await deliver({ data })).toBe(413);
    expect(await deliver({ data, isStreamed: true })).toBe(413);
    expect(await counted()).toEqual({ TOO_LARGE: 2 });
  });
});

it('webhook routes accept only POST, and exist only for providers with a secret', async () => {
  const answer = await fetch(new URL('/webhooks/duro', gateway.url));
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
  expect(await post('stripe_connect', '{}', {})).toBe(404);
  expect(await post('nobody', '{}', {})).toBe(404);
});

it('a signed delivery that is not an event is rejected', async () => {
  const time = Math.floor(gateway.now() / 1000);
  for (const body of ['no JSON', '[]', '{"id": "another"}']) {
    const signature = createHmac('sha256', DURO_SECRET).update(`${time}.${body}`).digest('hex');
    expect(await post('duro', body, { 'duro-signature': `t=${time},v1=${signature}`, 'duro-event-id': 'x' })).toBe(400);
  }
});

describe('an event of a provider makes the next use read from the provider:', () => {
  const read = (id: string) => gateway.run('query ($id: ID!) { promoCode(id: $id) { id } }', { id });
  async function hits(work: () => Promise<unknown>): Promise<number> {
    // Nobody waits for the processing of an event.
    await gateway.gateway.eventRuns.settled();
    const before = gateway.callsToProviders();
    await work();
    return gateway.callsToProviders() - before;
  }

  it.each([
    ['planId', { planId: 'plan_1' }],
    ['plan', { subscription: { plan: { id: 'plan_1' } } }],
  ])('codes of the plan that it names by %s, and no others', async (_, data) => {
    const concerned = await shop.createPromoCode({ planId: 'plan_1' });
    const other = await shop.createPromoCode({ planId: 'plan_2' });
    expect(await hits(() => read(concerned.id))).toBe(0);
    expect(await duro({ data })).toBe(202);
    expect(await hits(() => read(other.id))).toBe(0);
    expect(await hits(() => read(concerned.id))).toBe(1);
    expect(await hits(() => read(concerned.id))).toBe(0);
  });

  it('the code that was applied to the subscription', async () => {
    const { id, code } = await shop.createPromoCode({ provider: 'FLEXPRICE' });
    await shop.redeem({ code, subscriptionId: 'subs_1' });
    expect(await flexprice({ data: { subscription: { id: 'subs_2' } } })).toBe(202);
    expect(await hits(() => read(id))).toBe(0);
    expect(await flexprice({ data: { subscription: { id: 'subs_1' } } })).toBe(202);
    expect(await hits(() => read(id))).toBeGreaterThan(0);
  });

  it('nothing, if the event names no object', async () => {
    const { id } = await shop.createPromoCode({ planId: 'plan_1' });
    expect(await duro({ data: { invoiceId: 'inv_1' } })).toBe(202);
    expect(await hits(() => read(id))).toBe(0);
  });
});

it('an invalid webhook secret is an error at start', async () => {
  await expect(freshGateway({ settings: { FLEXPRICE_WEBHOOK_SECRET: 'secret' } })).rejects.toMatchObject({
    problems: [expect.stringContaining('FLEXPRICE_WEBHOOK_SECRET')],
  });
});
