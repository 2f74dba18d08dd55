import { expect, it } from 'vitest';
import { sharedGateway } from '../../support/gateways.ts';
import { payloadOf } from '../../support/mutations.ts';
import { openShop } from '../../support/shop.ts';
import type { Json } from '../../support/start-gateway.ts';

const gateway = await sharedGateway();
const shop = openShop(gateway);

it('redemptions are found by id, and listed by promotion, customer, order and status', async () => {
  const promoCode = await shop.createPromoCode();
  const redeem = async (customerId: string, orderId: string): Promise<string> =>
    payloadOf(await shop.redeem({ code: promoCode.code, customerId, order: { id: orderId } })).redemption.id;
  const first = await redeem('cus_a', 'list-1');
  const second = await redeem('cus_b', 'list-2');
  const list = async (filter: string) =>
    (await gateway.run(`{ redemptions(filter: { ${filter} }) { nodes { id } } }`)).redemptions.nodes.map(
      ({ id }: Json) => id,
    );
  expect(await list(`promotionId: "${promoCode.id}"`)).toEqual([second, first]);
  expect(await list('customerId: "cus_a", status: [REDEEMED]')).toEqual([first]);
  expect(await list('orderId: "list-2"')).toEqual([second]);
  expect(await list(`promotionId: "${promoCode.id}", status: [CANCELLED, HELD]`)).toEqual([]);
  const data = await gateway.run(
    `query ($id: ID!) {
      redemption(id: $id) { customerId orderId promotion { id ... on PromoCode { code } } }
      node(id: $id) { __typename }
      garbage: redemption(id: "garbage") { id }
    }`,
    { id: first },
  );
  expect(data).toEqual({
    redemption: { customerId: 'cus_a', orderId: 'list-1', promotion: { id: promoCode.id, code: promoCode.code } },
    node: { __typename: 'Redemption' },
    garbage: null,
  });
});
