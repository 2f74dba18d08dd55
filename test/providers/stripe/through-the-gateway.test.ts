import { expect, it } from 'vitest';
import { sharedGateway } from '../../support/gateways.ts';
import { dollars } from '../../support/money.ts';
import { mutate, payloadOf } from '../../support/mutations.ts';
import { openShop } from '../../support/shop.ts';

const gateway = await sharedGateway();
const shop = openShop(gateway);
const euros = (minorUnits: number) => ({ minorUnits, currency: 'EUR' });
const francs = (minorUnits: number) => ({ minorUnits, currency: 'CHF' });
const MONEY = '{ minorUnits currency }';
const READ = `query ($id: ID!) { promoCode(id: $id, policy: FRESH) { metadata minimumOrderOptions ${MONEY}
  discount { ... on FixedDiscount { currencyOptions ${MONEY} } } coupon { id name } } }`;

it('a code with amounts in two currencies is created at Stripe, used in both, changed, and switched off', async () => {
  const { promoCode } = payloadOf(
    await mutate(gateway.run, 'createPromoCode', {
      provider: 'STRIPE',
      code: 'TWO-CURRENCIES',
      discount: { amount: dollars(500) },
      currencyOptions: [euros(450)],
      minimumOrder: dollars(1000),
      minimumOrderOptions: [euros(900)],
      metadata: { campaign: 'spring' },
    }),
  );
  const { id } = promoCode;
  // From Stripe, not from the answer to the creation.
  expect((await gateway.run(READ, { id })).promoCode).toEqual({
    metadata: { campaign: 'spring' },
    minimumOrderOptions: [euros(900)],
    discount: { currencyOptions: [euros(450)] },
    coupon: { id: expect.any(String), name: 'TWO-CURRENCIES' },
  });

  const code = 'two-currencies';
  const quote = (amount: object) => shop.quote({ code, order: { amount } });
  expect(await quote(euros(1000))).toMatchObject({ eligible: true, discountAmount: euros(450) });
  expect(await quote(euros(899))).toMatchObject({ eligible: false, refusal: { reason: 'MINIMUM_NOT_MET' } });
  expect(await quote(francs(1000))).toMatchObject({ eligible: false, refusal: { reason: 'CURRENCY_MISMATCH' } });
  const { redemption } = payloadOf(await shop.redeem({ code, order: { id: 'in-dollars', amount: dollars(1000) } }));
  expect(redemption).toMatchObject({ status: 'REDEEMED', discountAmount: dollars(500) });

  payloadOf(await mutate(gateway.run, 'updatePromoCode', { id, metadata: { campaign: 'summer' }, active: false }));
  expect((await gateway.run(READ, { id })).promoCode).toMatchObject({ metadata: { campaign: 'summer' } });
  expect(await quote(euros(1000))).toMatchObject({ refusal: { reason: 'INACTIVE' } });
});

it('a fixed discount that lasts for ever, or a code that Stripe cannot have, reaches nobody', async () => {
  const sent = gateway.simulators.stripe.calls.length;
  const create = (input: object) =>
    mutate(gateway.run, 'createPromoCode', { provider: 'STRIPE', code: 'NEVER-SENT', ...input });
  for (const input of [
    { discount: { amount: dollars(500) }, duration: { kind: 'FOREVER' } },
    { discount: { percentage: '10' }, code: 'no spaces' },
    { discount: { percentage: '10' }, expiresAt: new Date(gateway.now() + 6 * 366 * 86_400_000).toISOString() },
  ]) {
    expect(await create(input)).toMatchObject({ __typename: 'UnsupportedByProviderError' });
  }
  expect(gateway.simulators.stripe.calls).toHaveLength(sent);
});
