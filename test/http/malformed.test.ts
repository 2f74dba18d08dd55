import { expect, it } from 'vitest';
import { sharedGateway } from '../support/gateways.ts';

const gateway = await sharedGateway();

it.each(['variables', 'extensions'])('%s in a URL that are not valid JSON get 400', async (name) => {
  const answer = await fetch(`${gateway.url}?query={__typename}&${name}=%7Bhalf`);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
});

it.each([
  ['of an unknown type', { __typename: 'Order', id: 'x' }],
  ['of no type', { id: 'x' }],
  ['without an id', { __typename: 'Coupon' }],
  ['that is no object', 'Coupon'],
])('an entity %s is an error in its own slot', async (_, representation) => {
  const query = 'query ($of: [_Any!]!) { _entities(representations: $of) { __typename } }';
  const of = [{ __typename: 'Coupon', id: 'x' }, representation];
  const { data, errors } = await gateway.send(query, { of });
  expect(data).toEqual({ _entities: [null, null] });
  expect(errors).toMatchObject([{ path: ['_entities', 1], extensions: { code: 'BAD_USER_INPUT' } }]);
});

it.each(['couponByProviderId', 'promoCodeByProviderId'])(
  '%s: an id with a lone surrogate is not found',
  async (field) => {
    const query = `query ($id: ID!, $account: ID) { ${field}(provider: DURO, account: $account, providerId: $id) { id } }`;
    expect(await gateway.run(query, { id: '\ud800' })).toEqual({ [field]: null });
    expect(await gateway.run(query, { id: 'x', account: '\udfff' })).toEqual({ [field]: null });
  },
);
