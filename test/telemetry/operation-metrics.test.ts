import { expect, it } from 'vitest';
import { makeKeys } from '../support/credentials/keys.ts';
import { freshGateway, sharedGateway } from '../support/gateways.ts';
import { payloadOf } from '../support/mutations.ts';
import { recoverOnce } from '../support/rounds.ts';
import { openShop } from '../support/shop.ts';
import { scrape } from './scrape.ts';

const gateway = await sharedGateway({ settings: { ANSWER_CACHE_BYTES: '10000000' } });
const shop = openShop(gateway);

/** How much each series of a metric grows while `work` runs, by its labels. Series that do not grow are left out. */
async function growth(metric: string, work: () => Promise<unknown>): Promise<Record<string, number>> {
  const before = await scrape(gateway.url);
  await work();
  const grown = [...(await scrape(gateway.url))].flatMap(([name, value]) => {
    const more = value - (before.get(name) ?? 0);
    return name.startsWith(`${metric}{`) && more !== 0 ? [[name.slice(metric.length), more] as const] : [];
  });
  return Object.fromEntries(grown);
}
const fields = (work: () => Promise<unknown>) => growth('promo_gateway_root_fields_total', work);
const series = (field: string, code: string, fault: string) => `{field="${field}",code="${code}",fault="${fault}"}`;

it('root fields are counted by their names in the schema, whatever their aliases', async () => {
  const query =
    'query { one: providers { provider } ...More __typename } fragment More on Query { two: providers { inDoubt } coupons { totalCount } }';
  expect(await fields(() => gateway.run(query))).toEqual({
    [series('Query.providers', 'OK', 'none')]: 2,
    [series('Query.coupons', 'OK', 'none')]: 1,
  });
});

it('a root field that a directive leaves out is not counted', async () => {
  const query = '{ providers @skip(if: true) { provider } coupons { totalCount } }';
  expect(await fields(() => gateway.run(query))).toEqual({ [series('Query.coupons', 'OK', 'none')]: 1 });
});

it('an answer from memory counts its root fields as well', async () => {
  const { id } = await shop.createPromoCode();
  const read = () => gateway.run(`{ promoCode(id: "${id}") { code } }`);
  await read();
  const answers = () => growth('promo_gateway_answers_total', read);
  expect(await fields(read)).toEqual({ [series('Query.promoCode', 'OK', 'none')]: 1 });
  expect(await answers()).toEqual({ '{result="HIT"}': 1 });
});

it('mistakes of clients, failures of providers and failures of the gateway are counted apart', async () => {
  const client = await fields(() => gateway.send('{ promoCodes(first: 101) { nodes { id } } coupons { totalCount } }'));
  expect(client).toEqual({
    [series('Query.promoCodes', 'BAD_USER_INPUT', 'client')]: 1,
    [series('Query.coupons', 'OK', 'none')]: 1,
  });
  gateway.duro.fail({ kind: 'answer', status: 503, times: 2 });
  const read = '{ promoCodeByProviderId(provider: DURO, providerId: "promo_x") { id } }';
  expect(await fields(() => gateway.send(read))).toEqual({
    [series('Query.promoCodeByProviderId', 'PROVIDER_ERROR', 'provider')]: 1,
  });
  expect(await fields(() => shop.tryCreatePromoCode())).toEqual({
    [series('Mutation.createPromoCode', 'PROVIDER_FAILED', 'provider')]: 1,
  });
  const impatient = await freshGateway({ settings: { REQUEST_DEADLINE_MS: '100' } });
  impatient.duro.fail({ kind: 'silence' });
  await impatient.send(read);
  const faults = [...(await scrape(impatient.url)).keys()].filter((name) => name.includes('root_fields_total'));
  expect(faults).toEqual([
    `promo_gateway_root_fields_total${series('Query.promoCodeByProviderId', 'DEADLINE_EXCEEDED', 'gateway')}`,
  ]);
});

it('a refusal is nobody’s fault, and an invalid input is the client’s', async () => {
  expect(await fields(() => shop.redeem({ code: 'NO-SUCH-CODE' }))).toEqual({
    [series('Mutation.redeemPromoCode', 'REFUSED', 'none')]: 1,
  });
  const invalid =
    'mutation { createCoupon(input: { provider: DURO, name: "", discount: { percentage: "1" } }) { __typename } }';
  expect(await fields(() => gateway.run(invalid))).toEqual({
    [series('Mutation.createCoupon', 'INVALID_INPUT', 'client')]: 1,
  });
});

it('an operation that is not executed is counted and logged by the code of its error', async () => {
  gateway.logged.splice(0);
  const work = async () => {
    await gateway.send('{ nonsense }');
    await gateway.send('{ nonsense');
  };
  expect(await growth('promo_gateway_rejected_operations_total', work)).toEqual({
    '{code="GRAPHQL_VALIDATION_FAILED",fault="client"}': 1,
    '{code="GRAPHQL_PARSE_FAILED",fault="client"}': 1,
  });
  expect(gateway.logged).toMatchObject([
    ['info', 'A request was answered', { outcome: 'HTTP_200', errors: 'GRAPHQL_VALIDATION_FAILED' }],
    ['info', 'A request was answered', { outcome: 'HTTP_200', errors: 'GRAPHQL_PARSE_FAILED' }],
  ]);
});

it('redemptions and their discounts are counted once, by currency', async () => {
  await shop.createPromoCode({ code: 'HALF', discount: { percentage: '50' } });
  const order = { id: 'order-1', amount: { minorUnits: 2501, currency: 'NGN' } };
  const redeem = () => shop.redeem({ code: 'HALF', order, idempotencyKey: 'half' });
  expect(await growth('promo_gateway_redemptions_total', redeem)).toEqual({ '{currency="NGN"}': 1 });
  expect(await growth('promo_gateway_redemptions_total', redeem)).toEqual({});
  const another = () => shop.redeem({ code: 'HALF', order: { ...order, id: 'order-2' } });
  expect(await growth('promo_gateway_discounts_granted_total', another)).toEqual({ '{currency="NGN"}': 12.51 });
  const unknown = () => shop.redeem({ code: 'HALF' });
  expect(await growth('promo_gateway_redemptions_total', unknown)).toEqual({ '{currency="XXX"}': 1 });
});

it('a hold is a redemption when it is confirmed', async () => {
  await shop.createPromoCode({ code: 'HELD', discount: { percentage: '10' } });
  const order = { id: 'order-3', amount: { minorUnits: 1000, currency: 'USD' } };
  const held = payloadOf(await shop.hold({ code: 'HELD', order })).redemption;
  const confirm = () => shop.confirm(held.id);
  expect(await growth('promo_gateway_redemptions_total', confirm)).toEqual({ '{currency="USD"}': 1 });
  expect(await growth('promo_gateway_redemptions_total', confirm)).toEqual({});
});

it('a cancelled redemption and its discount are counted once, and a cancelled hold is not', async () => {
  await shop.createPromoCode({ code: 'BACK', discount: { percentage: '10' } });
  const order = (id: string) => ({ id, amount: { minorUnits: 1000, currency: 'USD' } });
  const made = payloadOf(await shop.redeem({ code: 'BACK', order: order('order-4') })).redemption;
  const other = payloadOf(await shop.redeem({ code: 'BACK', order: order('order-5') })).redemption;
  const held = payloadOf(await shop.hold({ code: 'BACK', order: order('order-6') })).redemption;
  const cancel = ({ id }: { id: string }) => shop.cancel(id, { idempotencyKey: `cancel-${id}` });
  const discounts = 'promo_gateway_discounts_cancelled_total';
  expect(await growth(discounts, () => cancel(made))).toEqual({ '{currency="USD"}': 1 });
  const more = async () => {
    for (const one of [made, other, held]) await cancel(one);
  };
  expect(await growth('promo_gateway_redemptions_cancelled_total', more)).toEqual({ '{currency="USD"}': 1 });
});

it('a redemption that recovery finishes or cancels is counted once', async () => {
  const recovering = await freshGateway();
  const customer = openShop(recovering);
  const grown = async (metric: string, work: () => Promise<unknown>) => {
    const value = async () => (await scrape(recovering.url)).get(`promo_gateway_${metric}{currency="NGN"}`) ?? 0;
    const before = await value();
    await work();
    return (await value()) - before;
  };
  const order = { id: 'order-7', amount: { minorUnits: 1000, currency: 'NGN' } };
  await customer.createPromoCode({ provider: 'FLEXPRICE', code: 'SUB', discount: { percentage: '10' } });
  const use = { code: 'SUB', order, subscriptionId: 'subs_1', idempotencyKey: 'use' };
  recovering.flexprice.fail({ kind: 'hang-up', commit: true, method: 'POST', path: /modify/ });
  const redeem = async () => {
    expect(await customer.redeem(use)).toMatchObject({ kind: 'UNAVAILABLE' });
    expect(await recoverOnce(recovering)).toEqual(['FINISHED']);
    expect(await customer.redeem(use)).toMatchObject({ replayed: true });
  };
  expect(await grown('redemptions_total', redeem)).toBe(1);
  const { redemption } = payloadOf(await customer.redeem(use));
  recovering.flexprice.fail({ kind: 'hang-up', commit: true, method: 'POST', path: /modify/ });
  const cancel = async () => {
    await customer.cancel(redemption.id, { idempotencyKey: 'cancel' });
    expect(await recoverOnce(recovering)).toEqual(['FINISHED']);
    expect(await customer.cancel(redemption.id, { idempotencyKey: 'cancel' })).toMatchObject({ replayed: true });
  };
  expect(await grown('discounts_cancelled_total', cancel)).toBe(1);
});

it('refusals are counted by the reason and by the reason that the caller got', async () => {
  const keys = makeKeys({ shop: 'quote+operate' });
  const guarded = await freshGateway({ settings: keys.settings });
  await openShop(guarded, keys.of('shop')).quote({ code: 'NO-SUCH-CODE' });
  const counted = [...(await scrape(guarded.url, keys.of('shop')))].filter(([name]) => name.includes('refusals_total'));
  expect(counted).toEqual([['promo_gateway_refusals_total{reason="NOT_FOUND",told="NOT_REDEEMABLE"}', 1]]);
});
