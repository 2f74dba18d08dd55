import { expect, it } from 'vitest';
import { sharedGateway } from '../../support/gateways.ts';

const gateway = await sharedGateway();

it('providers list their state, accounts and operations', async () => {
  const { providers } = await gateway.run(
    '{ providers { provider state inDoubt accounts { account mode } operations } }',
  );
  expect(providers).toMatchObject([
    {
      provider: 'DURO',
      state: 'UP',
      inDoubt: 0,
      accounts: [{ account: 'default', mode: 'TEST' }],
      operations: ['CREATE_PROMO_CODE', 'READ_PROMO_CODE', 'UPDATE_PROMO_CODE'],
    },
    { provider: 'FLEXPRICE' },
    {
      provider: 'STRIPE_CONNECT',
      accounts: [{ account: 'acct_one' }, { account: 'acct_two' }],
      operations: ['CREATE_PROMO_CODE', 'LIST_PROMO_CODES', 'CREATE_COUPON', 'LIST_COUPONS', 'UPDATE_COUPON'],
    },
  ]);
});
