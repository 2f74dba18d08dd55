import { createServer } from 'node:http';
import Stripe from 'stripe';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { openStripe, SECONDS } from './open-stripe.ts';

const SECRET = 'whsec_new';
const Address = z.object({ port: z.number() });

/** A delivery as it was received. */
interface Delivery {
  body: string;
  signature: string;
}

/** A server that answers every delivery with a status. */
async function openReceiver(status = 200) {
  const deliveries: Delivery[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      deliveries.push({ body, signature: String(request.headers['stripe-signature']) });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${Address.parse(server.address()).port}/webhooks`, deliveries };
}

/** Checks the signature at the time of the simulator. */
function constructed({ body, signature }: Delivery, secret = SECRET, at = SECONDS): Stripe.Event {
  return Stripe.webhooks.constructEvent(body, signature, secret, 300, undefined, at * 1000);
}

test("Stripe's own client accepts what is delivered, with each secret", async () => {
  const { url, deliveries } = await openReceiver();
  const { simulator, stripe } = await openStripe({ webhooks: [{ url, secrets: ['whsec_old', SECRET] }] });
  await stripe.coupons.create({ id: 'A', percent_off: 5 }, { idempotencyKey: 'K' });
  expect(await simulator.delivered()).toEqual([200]);
  const [delivery] = deliveries;
  if (delivery === undefined) throw new Error('Nothing was delivered');
  const event = constructed(delivery);
  expect(event).toMatchObject({
    id: expect.stringMatching(/^evt_/),
    object: 'event',
    api_version: '2026-10-28.endive',
    created: SECONDS,
    data: { object: { id: 'A', object: 'coupon', valid: true } },
    livemode: false,
    pending_webhooks: 1,
    request: { id: expect.stringMatching(/^req_/), idempotency_key: 'K' },
    type: 'coupon.created',
  });
  expect(event).not.toHaveProperty('account');
  expect(constructed(delivery, 'whsec_old')).toEqual(event);
  expect(() => constructed(delivery, 'whsec_another')).toThrow(Stripe.errors.StripeSignatureVerificationError);
  expect(() => constructed({ ...delivery, body: `${delivery.body} ` })).toThrow();
  expect(() => constructed(delivery, SECRET, SECONDS + 301)).toThrow('tolerance');
});

test('Stripe reports what was created, changed and deleted, with the earlier values', async () => {
  const { simulator, stripe } = await openStripe();
  const { id: coupon } = await stripe.coupons.create({ percent_off: 5, name: 'Old' });
  await stripe.coupons.update(coupon, { name: 'New' });
  await stripe.coupons.update(coupon, { name: 'New' });
  const code = await stripe.promotionCodes.create({ promotion: { type: 'coupon', coupon } });
  await stripe.promotionCodes.update(code.id, { active: false });
  const discounts = [{ coupon }];
  const { id: subscription } = await stripe.subscriptions.update('sub_1', { discounts });
  await stripe.subscriptions.update('sub_1', { discounts: '' });
  await stripe.coupons.del(coupon);
  const reported = simulator.events().map(({ type, data }) => ({ type, previous: data.previous_attributes }));
  expect(reported).toEqual([
    { type: 'coupon.created' },
    { type: 'coupon.updated', previous: { name: 'Old' } },
    { type: 'promotion_code.created' },
    { type: 'promotion_code.updated', previous: { active: true } },
    { type: 'customer.discount.created' },
    { type: 'customer.discount.deleted' },
    { type: 'coupon.deleted' },
  ]);
  expect(simulator.events().at(-1)?.data.object).toMatchObject({ id: coupon, valid: false });
  expect(simulator.events().at(-2)?.data.object).toMatchObject({ subscription, source: { coupon } });
});

test('Stripe reports uses as changes too, if the switch of the simulator says so', async () => {
  const { simulator, stripe } = await openStripe({ switches: { useEvents: 'sent' } });
  const { id: coupon } = await stripe.coupons.create({ percent_off: 5 });
  const code = await stripe.promotionCodes.create({ promotion: { type: 'coupon', coupon }, max_redemptions: 1 });
  simulator.redeem(code.id);
  expect(simulator.events().slice(2)).toMatchObject([
    {
      type: 'promotion_code.updated',
      data: { previous_attributes: { active: true, times_redeemed: 0 } },
      request: { id: null, idempotency_key: null },
    },
    { type: 'coupon.updated', data: { previous_attributes: { times_redeemed: 0 } } },
  ]);
});

test('a webhook endpoint receives the events that it was created for', async () => {
  const [own, connected] = [await openReceiver(), await openReceiver()];
  const { simulator, stripe } = await openStripe();
  const { secret } = await stripe.webhookEndpoints.create({ url: own.url, enabled_events: ['coupon.created'] });
  await stripe.webhookEndpoints.create({ url: connected.url, enabled_events: ['*'], connect: true });
  const { id } = await stripe.coupons.create({ percent_off: 5 });
  await stripe.coupons.del(id);
  await stripe.coupons.create({ percent_off: 5 }, { stripeAccount: 'acct_1' });
  expect(await simulator.delivered()).toEqual([200, 200]);
  expect(own.deliveries.map((delivery) => constructed(delivery, secret).type)).toEqual(['coupon.created']);
  expect(connected.deliveries.map(({ body }) => JSON.parse(body))).toMatchObject([{ account: 'acct_1' }]);
});

test('an event can be delivered again, and is kept for 30 days', async () => {
  const { url, deliveries } = await openReceiver(500);
  const { simulator, stripe, time } = await openStripe();
  await stripe.coupons.create({ percent_off: 5 });
  simulator.addWebhook({ url, secrets: [SECRET] });
  const [event] = (await stripe.events.list({ type: 'coupon.created' })).data;
  if (event === undefined) throw new Error('There is no event');
  simulator.redeliver(event.id);
  simulator.redeliver(event.id);
  expect(await simulator.delivered()).toEqual([500, 500]);
  expect(deliveries.map((delivery) => constructed(delivery).id)).toEqual([event.id, event.id]);
  expect(await stripe.events.retrieve(event.id)).toMatchObject({ type: 'coupon.created' });
  time.now += 31 * 24 * 60 * 60 * 1000;
  expect((await stripe.events.list()).data).toEqual([]);
});
