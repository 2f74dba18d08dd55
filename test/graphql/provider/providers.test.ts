import { expect, it } from 'vitest';
import { PROVIDERS } from '../../../src/domain/promotion/promotion.ts';
import { sharedGateway } from '../../support/gateways.ts';

const gateway = await sharedGateway();

it('providers list their state, accounts and operations', async () => {
  const { providers } = await gateway.run(
    '{ providers { provider state inDoubt accounts { account mode } operations } }',
  );
  expect(providers?.map(({ provider }) => provider)).toEqual(PROVIDERS);
  const [duro, stripeConnect] = ['DURO', 'STRIPE_CONNECT'].map((name) =>
    providers?.find(({ provider }) => provider === name),
  );
  expect(duro).toMatchObject({
    state: 'UP',
    inDoubt: 0,
    accounts: [{ account: 'default', mode: 'TEST' }],
    operations: ['CREATE_PROMO_CODE', 'READ_PROMO_CODE', 'UPDATE_PROMO_CODE'],
  });
  expect(stripeConnect).toMatchObject({
    accounts: [{ account: 'acct_one' }, { account: 'acct_two' }],
    operations: ['CREATE_PROMO_CODE', 'LIST_PROMO_CODES', 'CREATE_COUPON', 'LIST_COUPONS', 'UPDATE_COUPON'],
  });
});
