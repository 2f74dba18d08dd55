import { afterEach, expect, it } from 'vitest';
import { synchroniseDue } from '../../../src/gateway/sync/synchronise-due.ts';
import { makeKeys } from '../../support/credentials/keys.ts';
import { openShop } from '../../support/shop.ts';
import { type RunningGateway, startGateway } from '../../support/start-gateway.ts';

let gateway: RunningGateway;
afterEach(() => gateway.stop());

it("a provider's error message is logged once with the call of its operation, without the values in it", async () => {
  gateway = await startGateway();
  const words = 'Nothing is named SUMMER for jane@shop.example with the card 4242424242424242';
  gateway.flexprice.fail({ kind: 'answer', status: 422, times: 9, body: { code: 'validation_error', message: words } });
  const query = '{ promoCodeByCode(provider: FLEXPRICE, code: "Summer", policy: FRESH) { id } }';
  const { errors } = await gateway.send(query);
  expect(errors).toMatchObject([{ extensions: { provider: 'FLEXPRICE', kind: 'REJECTED' } }]);
  const lines = gateway.logged.map((line) => JSON.stringify(line));
  for (const sent of [/summer/i, /jane/, /4242/]) expect(lines.filter((line) => sent.test(line))).toEqual([]);
  const message = 'findPromoCodes: HTTP 422, Nothing is named [value] for [email] with the card [number]';
  expect(gateway.logged.filter((line) => JSON.stringify(line).includes('Nothing is named'))).toMatchObject([
    ['info', 'An operation was answered', { calls: [{ provider: 'FLEXPRICE', operation: 'findPromoCodes', message }] }],
  ]);
});

it('the line of a mutation says why its provider refused the call', async () => {
  gateway = await startGateway();
  gateway.duro.fail({ kind: 'answer', status: 403, body: { error: { message: 'Not with this key' } } });
  const { data } =
    await gateway.send(`mutation { createPromoCode(input: { provider: DURO, code: "TEN", idempotencyKey: "one",
    discount: { percentage: "10" } }) { ... on PromotionProviderError { kind } } }`);
  expect(data.createPromoCode.kind).toBe('UNAUTHORIZED');
  const call = { operation: 'createPromoCode', message: 'createPromoCode: HTTP 403, Not with this key' };
  expect(gateway.logged).toMatchObject([['info', 'An operation was answered', { calls: [call] }]]);
});

it('a failed call that no operation waits for has a line of its own', async () => {
  gateway = await startGateway();
  await openShop(gateway).createPromoCode({ provider: 'FLEXPRICE', code: 'LISTED' });
  gateway.flexprice.fail({ kind: 'answer', status: 503, times: Number.POSITIVE_INFINITY });
  gateway.logged.splice(0);
  await synchroniseDue(gateway.gateway, new AbortController().signal);
  expect(gateway.logged).toMatchObject([
    ['info', 'A call to a provider failed', { provider: 'FLEXPRICE', message: expect.stringContaining('HTTP 503') }],
  ]);
});

it('a key that is bound to an account does not count the in-doubt writes of another account', async () => {
  const keys = makeKeys({
    one: 'read+manage:STRIPE_CONNECT/acct_one',
    two: 'read+manage:STRIPE_CONNECT/acct_two',
    whole: 'read+manage',
  });
  gateway = await startGateway({ settings: keys.settings });
  gateway.chatdash.fail({ kind: 'hang-up', commit: true, method: 'POST', path: /coupons/ });
  const create = `mutation { createCoupon(input: { provider: STRIPE_CONNECT, account: "acct_one", name: "Ten", idempotencyKey: "lost",
    discount: { percentage: "10" } }) { __typename } }`;
  await gateway.run(create, {}, keys.of('one'));
  const counted = async (name: 'one' | 'two' | 'whole') => {
    const { providers } = await gateway.run('{ providers { provider inDoubt } }', {}, keys.of(name));
    return providers?.find(({ provider }) => provider === 'STRIPE_CONNECT')?.inDoubt;
  };
  expect([await counted('one'), await counted('two'), await counted('whole')]).toEqual([1, 0, 1]);
});
