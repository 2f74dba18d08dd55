import { expect, it } from 'vitest';
import { makeKeys } from '../support/credentials/keys.ts';
import { sharedGateway } from '../support/gateways.ts';
import { openShop } from '../support/shop.ts';

const keys = makeKeys({ manage: 'manage' });
const gateway = await sharedGateway({ settings: keys.settings });

it('a caller without the scope read does not get the id of the code that has the wanted text', async () => {
  const shop = openShop(gateway, keys.of('manage'));
  await shop.createPromoCode({ code: 'OCCUPIED' });
  expect(await shop.tryCreatePromoCode({ code: 'OCCUPIED' })).toMatchObject({
    message: 'A live promo code has this code',
  });
});
