import { afterEach, expect, it } from 'vitest';
import { makeKeys } from '../../support/credentials/keys.ts';
import { type RunningGateway, startGateway } from '../../support/start-gateway.ts';

let gateway: RunningGateway;
afterEach(() => gateway.stop());

it("a provider's error message is logged once, without the values in it", async () => {
  gateway = await startGateway();
  const words = 'Nothing is named SUMMER for jane@shop.example with the card 4242424242424242';
  gateway.flexprice.fail({ kind: 'answer', status: 422, times: 9, body: { code: 'validation_error', message: words } });
  const query = '{ promoCodeByCode(provider: FLEXPRICE, code: "Summer", policy: FRESH) { id } }';
  const { errors } = await gateway.send(query);
  expect(errors).toMatchObject([{ extensions: { provider: 'FLEXPRICE', kind: 'REJECTED' } }]);
  const lines = gateway.logged.map((line) => JSON.stringify(line));
  for (const sent of [/summer/i, /jane/, /4242/]) expect(lines.filter((line) => sent.test(line))).toEqual([]);
  expect(gateway.logged.filter((line) => JSON.stringify(line).includes('Nothing is named'))).toEqual([
    [
      'error',
      'findPromoCode: HTTP 422, Nothing is named [value] for [email] with the card [number]',
      { provider: 'FLEXPRICE', kind: 'REJECTED' },
    ],
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
