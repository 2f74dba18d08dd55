import { describe, expect, it } from 'vitest';
import { sharedGateway } from '../../support/gateways.ts';
import { payloadOf } from '../../support/mutations.ts';
import { openShop } from '../../support/shop.ts';

const gateway = await sharedGateway();
const shop = openShop(gateway);

describe('the subgraph', () => {
  it('resolves entities by id, and gives null for an unknown one', async () => {
    const { promoCode } = payloadOf(await shop.tryCreatePromoCode({ provider: 'DURO' }));
    const { _entities } = await gateway.run(
      `query ($representations: [_Any!]!) {
        _entities(representations: $representations) { ... on PromoCode { code } ... on Coupon { name } }
      }`,
      {
        representations: [
          { __typename: 'PromoCode', id: promoCode.id },
          { __typename: 'PromoCode', id: 'garbage' },
          { __typename: 'Coupon', id: promoCode.id },
        ],
      },
    );
    expect(_entities).toEqual([{ code: promoCode.code }, null, null]);
  });

  it('publishes a schema without node and nodes, which only one subgraph may have', async () => {
    const { _service } = await gateway.run('{ _service { sdl } }');
    expect(_service.sdl).toContain('type PromoCode implements');
    expect(_service.sdl).toContain('@key(fields: "id")');
    expect(_service.sdl).not.toMatch(/^ {2}nodes?\(/m);
  });
});
