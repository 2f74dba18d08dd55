import { expect, it } from 'vitest';
import { PROVIDERS } from '../../../src/domain/promotion/promotion.ts';
import { sharedGateway } from '../../support/gateways.ts';
import { dollars, naira } from '../../support/money.ts';
import { payloadOf } from '../../support/mutations.ts';
import { type Obstacle, openShop } from '../../support/shop.ts';

const gateway = await sharedGateway();
const shop = openShop(gateway);

const { newOrder: order } = shop;

/** Refusals that depend on the customer. */
const OF_THE_CUSTOMER: Obstacle[] = [
  [
    'CUSTOMER_REQUIRED',
    'each customer has a limit, and this is a guest',
    async () => {
      const { id, code } = await shop.createPromoCode({ perCustomerLimit: 1 });
      return { use: { code, order: order() }, cure: () => shop.update({ id, perCustomerLimit: null }) };
    },
  ],
  [
    'CUSTOMER_REQUIRED',
    'the code is for one customer, and this is a guest',
    async () => {
      const { code } = await shop.createPromoCode({ provider: 'STRIPE_CONNECT', customerId: 'cus_1' });
      return { use: { code, order: order() }, instead: { customerId: 'cus_1' } };
    },
  ],
  ...PROVIDERS.map(
    (provider): Obstacle => [
      'CUSTOMER_NOT_ELIGIBLE',
      `the code of ${provider} is for another customer`,
      async () => {
        const { code } = await shop.createPromoCode({ provider, customerId: 'cus_1' });
        return { use: { code, customerId: 'cus_2', order: order() }, instead: { customerId: 'cus_1' } };
      },
    ],
  ),
  [
    'CUSTOMER_LIMIT_REACHED',
    'the customer has used the code for another order',
    async () => {
      const { code } = await shop.createPromoCode({ perCustomerLimit: 1 });
      const { redemption } = payloadOf(await shop.redeem({ code, customerId: 'cus_1' }));
      return { use: { code, customerId: 'cus_1', order: order() }, cure: () => shop.cancel(redemption.id) };
    },
  ],
  [
    'CUSTOMER_LIMIT_REACHED',
    'the customer holds a use of the code for another order',
    async () => {
      const { code } = await shop.createPromoCode({ perCustomerLimit: 1 });
      await shop.hold({ code, customerId: 'cus_1', holdSeconds: 60 });
      return {
        use: { code, customerId: 'cus_1', order: order() },
        details: { retryAfterSeconds: 60 },
        cure: () => gateway.advance(60_000),
      };
    },
  ],
  ...PROVIDERS.map(
    (provider): Obstacle => [
      'NOT_FIRST_TRANSACTION',
      `the code of ${provider} is for first purchases`,
      async () => {
        const { code } = await shop.createPromoCode({ provider, firstTransactionOnly: true });
        return { use: { code, order: order() }, instead: { order: { firstTransaction: true } } };
      },
    ],
  ),
];

/** Refusals that depend on the order. */
const OF_THE_ORDER: Obstacle[] = [
  ...PROVIDERS.flatMap((provider) =>
    [undefined, 'plan_2'].map(
      (planId): Obstacle => [
        'PLAN_NOT_ELIGIBLE',
        `the code of ${provider} is for plan_1 and the order for ${planId ?? 'none'}`,
        async () => {
          const { code } = await shop.createPromoCode({ provider, planId: 'plan_1' });
          return { use: { code, order: order({ planId }) }, instead: { order: { planId: 'plan_1' } } };
        },
      ],
    ),
  ),
  [
    'CURRENCY_MISMATCH',
    'the discount is in another currency',
    async () => {
      const { code } = await shop.createPromoCode({ discount: { amount: naira(500) } });
      return { use: { code, order: order({ amount: dollars(900) }) }, instead: { order: { amount: naira(900) } } };
    },
  ],
  [
    'CURRENCY_MISMATCH',
    'the minimum order is in another currency',
    async () => {
      const { code } = await shop.createPromoCode({ minimumOrder: naira(500) });
      return { use: { code, order: order({ amount: dollars(900) }) }, instead: { order: { amount: naira(900) } } };
    },
  ],
  ...PROVIDERS.flatMap((provider): Obstacle[] => [
    [
      'ORDER_AMOUNT_REQUIRED',
      `the code of ${provider} has a minimum order and the order has no amount`,
      async () => {
        const { code } = await shop.createPromoCode({ provider, minimumOrder: dollars(5000) });
        return { use: { code, order: order() }, instead: { order: { amount: dollars(5000) } } };
      },
    ],
    [
      'MINIMUM_NOT_MET',
      `the order lacks a cent to the minimum of the code of ${provider}`,
      async () => {
        const { code } = await shop.createPromoCode({ provider, minimumOrder: dollars(5000) });
        return {
          use: { code, order: order({ amount: dollars(4999) }) },
          details: { shortfall: dollars(1) },
          instead: { order: { amount: dollars(5000) } },
        };
      },
    ],
  ]),
];

it.each([...OF_THE_CUSTOMER, ...OF_THE_ORDER])('a use is refused as %s: %s', async (reason, _, arrange) => {
  await shop.expectRefused(reason, await arrange());
});

it('the shortfall of an order of 0 is the whole minimum', async () => {
  const { code } = await shop.createPromoCode({ minimumOrder: naira(500) });
  expect(await shop.redeem({ code, order: { amount: naira(0) } })).toMatchObject({
    reason: 'MINIMUM_NOT_MET',
    shortfall: naira(500),
  });
});
