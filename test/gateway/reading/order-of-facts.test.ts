import { beforeEach, expect, it } from 'vitest';
import { delayAnswer } from '../../support/delay-answer.ts';
import { freshGateway } from '../../support/gateways.ts';
import { openShop, type Shop } from '../../support/shop.ts';
import type { Json, RunningGateway } from '../../support/start-gateway.ts';

const SHOWN = 'status maxRedemptions perCustomerLimit gatewayRules freshness { stale }';
const UPDATE = `mutation ($input: UpdatePromoCodeInput!) { updatePromoCode(input: $input) {
  ... on UpdatePromoCodePayload { promoCode { ${SHOWN} } } ... on PromotionError { message } } }`;

let gateway: RunningGateway;
let shop: Shop;
beforeEach(async () => {
  gateway = await freshGateway();
  shop = openShop(gateway);
});

const update = async (input: Json): Promise<Json> => (await gateway.run(UPDATE, { input })).updatePromoCode;
const read = async (id: string, policy = 'CACHED'): Promise<Json> =>
  (await gateway.run(`query ($id: ID!) { promoCode(id: $id, policy: ${policy}) { ${SHOWN} } }`, { id })).promoCode;
const redeem = (code: string, id: string) => shop.redeem({ code, order: { id } });

/** Changes the code as a person does in Duro's dashboard. */
async function changeAtDuro(providerId: string, change: Json): Promise<void> {
  const answer = await fetch(`${gateway.duro.url}/v1/promo-codes/${providerId}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${gateway.duro.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(change),
  });
  expect(answer.status).toBe(200);
}

it('the late answer to an earlier write does not replace the effect of a later one', async () => {
  const { id } = await shop.createPromoCode({ code: 'ORDER', maxRedemptions: 5 });
  const { isSent, answer } = delayAnswer(gateway.duro, { method: 'PATCH' });
  const first = update({ id, maxRedemptions: 100 });
  await isSent;
  expect(await update({ id, maxRedemptions: 1, active: false })).toMatchObject({
    promoCode: { status: 'INACTIVE', maxRedemptions: 1 },
  });
  answer();
  // The result shows the code as it is now, not as the delayed answer described it.
  expect(await first).toMatchObject({ promoCode: { status: 'INACTIVE', maxRedemptions: 1 } });
  expect(await read(id)).toMatchObject({ status: 'INACTIVE', maxRedemptions: 1 });
  expect(await redeem('ORDER', 'A')).toMatchObject({ reason: 'INACTIVE' });
});

it('after overlapping writes a use is CANNOT_VERIFY until the provider can be read', async () => {
  const { id } = await shop.createPromoCode({ code: 'UNREAD', maxRedemptions: 5 });
  const { isSent, answer } = delayAnswer(gateway.duro, { method: 'PATCH' });
  const first = update({ id, maxRedemptions: 100 });
  await isSent;
  await update({ id, active: false });
  gateway.duro.fail({ kind: 'answer', status: 503, method: 'GET', times: Number.POSITIVE_INFINITY });
  answer();
  await first;
  expect(await redeem('UNREAD', 'A')).toMatchObject({ reason: 'CANNOT_VERIFY' });
  gateway.duro.heal();
  expect(await redeem('UNREAD', 'A')).toMatchObject({ reason: 'INACTIVE' });
});

it('a write without an answer counts as overlapping until its outcome is known', async () => {
  const { id } = await shop.createPromoCode({ code: 'LOST', maxRedemptions: 5 });
  gateway.duro.fail({ kind: 'hang-up', method: 'PATCH' });
  await update({ id, maxRedemptions: 100 });
  const reads = () => gateway.duro.calls.filter(({ method }) => method === 'GET').length;
  const before = reads();
  await update({ id, active: false });
  expect(reads()).toBeGreaterThan(before);
});

it('a read that was sent before a write was answered does not restore the old state', async () => {
  const { id } = await shop.createPromoCode({ code: 'READ', maxRedemptions: 5 });
  const { isSent, answer } = delayAnswer(gateway.duro, { method: 'GET' });
  const reading = read(id, 'FRESH');
  await isSent;
  await update({ id, active: false });
  answer();
  await reading;
  expect(await read(id)).toMatchObject({ status: 'INACTIVE' });
  expect(await redeem('READ', 'A')).toMatchObject({ reason: 'INACTIVE' });
});

it('the late answer to a write does not hide what a later read has shown', async () => {
  const { id, providerId } = await shop.createPromoCode({ code: 'SEEN', maxRedemptions: 5 });
  const { isSent, answer } = delayAnswer(gateway.duro, { method: 'PATCH' });
  const updating = update({ id, maxRedemptions: 100 });
  await isSent;
  await changeAtDuro(providerId, { active: false });
  expect(await read(id, 'FRESH')).toMatchObject({ status: 'INACTIVE' });
  answer();
  await updating;
  expect(await read(id)).toMatchObject({ status: 'INACTIVE', maxRedemptions: 100 });
  expect(await redeem('SEEN', 'A')).toMatchObject({ reason: 'INACTIVE' });
});

it('gateway rules follow the order of the requests, not that of the answers', async () => {
  const { id } = await shop.createPromoCode({ code: 'RULES' });
  const { isSent, answer } = delayAnswer(gateway.duro, { method: 'PATCH' });
  const first = update({
    id,
    maxRedemptions: 100,
    perCustomerLimit: 9,
    startsAt: shop.inSeconds(60),
    allowGatewayRules: true,
  });
  await isSent;
  await update({ id, perCustomerLimit: 1 });
  answer();
  await first;
  expect(await read(id)).toMatchObject({
    perCustomerLimit: 1,
    status: 'SCHEDULED',
    gatewayRules: ['STARTS_AT', 'PER_CUSTOMER_LIMIT'],
  });
});
