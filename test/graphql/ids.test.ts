import { describe, expect, it } from 'vitest';
import { sharedGateway } from '../support/gateways.ts';
import { documentOf } from '../support/mutations.ts';
import { openShop } from '../support/shop.ts';
import type { Json } from '../support/start-gateway.ts';

const gateway = await sharedGateway();
await openShop(gateway).createPromoCode({ provider: 'FLEXPRICE', code: 'IDS' });

/** Posts an operation whose variables are JSON as written here, because JavaScript would round the numbers in it. */
async function post(query: string, variables = '{}'): Promise<{ status: number; body: Json }> {
  const answer = await fetch(gateway.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
    body: `{"query":${JSON.stringify(query)},"variables":${variables}}`,
  });
  return { status: answer.status, body: JSON.parse(await answer.text()) };
}

const redeem = (order: string, key: string) =>
  post(documentOf('redeemPromoCode'), `{"input":{"code":"IDS","order":{"id":${order}},"idempotencyKey":"${key}"}}`);

const UNSAFE = ['9007199254740992', '9007199254740993', '-9007199254740993', '1e21', '1e308', '1.5'];
const CLEAR = /ID must be a string, or a whole number .*send larger ids as strings/;

describe('an id that is not a safe integer', () => {
  it.each(UNSAFE)('(%s) is a request error as an order id, and nothing is redeemed', async (id) => {
    const { status, body } = await redeem(id, `unsafe ${id}`);
    expect(status).toBe(400);
    expect(body).toMatchObject({ errors: [{ message: expect.stringMatching(CLEAR) }] });
    expect(body.errors[0].message).toContain('input.order.id');
    expect(await gateway.run('{ redemptions { totalCount } }')).toEqual({ redemptions: { totalCount: 0 } });
  });

  it.each([
    ['an argument', 'query ($id: ID!) { node(id: $id) { id } }', '{"id":9007199254740993}'],
    ['a list', 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', '{"ids":["x",9007199254740993]}'],
    [
      'a filter',
      'query ($of: RedemptionFilter) { redemptions(filter: $of) { totalCount } }',
      '{"of":{"customerId":9007199254740993}}',
    ],
    [
      'a list in a filter',
      'query ($of: PromoCodeFilter) { promoCodes(filter: $of) { totalCount } }',
      '{"of":{"account":[9007199254740993]}}',
    ],
    [
      'an input field',
      'mutation ($input: ConfirmRedemptionInput!) { confirmRedemption(input: $input) { __typename } }',
      '{"input":{"id":9007199254740993}}',
    ],
    ['a literal', '{ redemptions(filter: { orderId: 9007199254740993 }) { totalCount } }', '{}'],
    ['a literal list', '{ nodes(ids: [9007199254740993]) { id } }', '{}'],
    ['a default', 'query ($id: ID = 9007199254740993) { redemptions(filter: { orderId: $id }) { totalCount } }', '{}'],
  ])('is a request error in %s', async (_, query, variables) => {
    const { status, body } = await post(query, variables);
    expect(status).toBe(400);
    expect(body).toMatchObject({ errors: [{ message: expect.stringMatching(CLEAR) }] });
  });

  it('is a request error in the variables of a GET request', async () => {
    const query = encodeURIComponent('query ($id: ID!) { node(id: $id) { id } }');
    const answer = await fetch(`${gateway.url}?query=${query}&variables=${encodeURIComponent('{"id":1e21}')}`);
    expect(await answer.json()).toMatchObject({ errors: [{ message: expect.stringMatching(CLEAR) }] });
  });

  it('is an error of its own entry among representations', async () => {
    const { body } = await post(
      'query ($of: [_Any!]!) { _entities(representations: $of) { __typename } }',
      '{"of":[{"__typename":"Coupon","id":"x"},{"__typename":"Coupon","id":9007199254740993},{"__typename":"Coupon","id":5}]}',
    );
    expect(body.data).toEqual({ _entities: [null, null, null] });
    expect(body.errors).toMatchObject([
      { path: ['_entities', 1], message: expect.stringMatching(CLEAR), extensions: { code: 'BAD_USER_INPUT' } },
    ]);
  });
});

it('large ids as strings stay exact, so that two orders stay separate', async () => {
  for (const id of ['9007199254740993', '9007199254740992', '0009007199254740992']) {
    expect((await redeem(`"${id}"`, `exact ${id}`)).body.data.redeemPromoCode).toMatchObject({
      replayed: false,
      redemption: { orderId: id },
    });
  }
});

it('a safe integer is an id in its decimal form', async () => {
  for (const [sent, id] of [
    ['9007199254740991', '9007199254740991'],
    ['-7', '-7'],
    ['-0', '0'],
    ['1e3', '1000'],
  ]) {
    const { body } = await redeem(sent ?? '', `safe ${sent}`);
    expect(body.data.redeemPromoCode).toMatchObject({ replayed: false, redemption: { orderId: id } });
  }
  const { redemptions } = await gateway.run('{ redemptions(filter: { orderId: 9007199254740991 }) { totalCount } }');
  expect(redemptions?.totalCount).toBe(1);
});
