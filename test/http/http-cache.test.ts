import { getNamedType, isObjectType } from 'graphql';
import { beforeEach, describe, expect, it } from 'vitest';
import { schema } from '../../src/graphql/schema.ts';
import { freshGateway } from '../support/gateways.ts';
import { payloadOf } from '../support/mutations.ts';
import { openShop, type Shop } from '../support/shop.ts';
import type { RunningGateway } from '../support/start-gateway.ts';

let gateway: RunningGateway;
let shop: Shop;
let id: string;
let code: string;
beforeEach(async () => {
  gateway = await freshGateway();
  shop = openShop(gateway);
  ({ id, code } = await shop.createPromoCode());
});

const get = (query: string, headers: Record<string, string> = {}) =>
  fetch(`${gateway.url}?${new URLSearchParams({ query })}`, { headers: { accept: 'application/json', ...headers } });
const post = (query: string, headers: Record<string, string> = {}) =>
  fetch(gateway.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });
const by = { GET: get, POST: post };
const control = async (query: string, method: 'GET' | 'POST' = 'GET') =>
  (await by[method](query)).headers.get('cache-control');
const read = (fields = 'code') => `{ promoCode(id: "${id}") { ${fields} } }`;

describe.each(['GET', 'POST'] as const)('Cache-Control of the answer to a query by %s', (method) => {
  const controlOf = (query: string) => control(query, method);

  it('its max-age is the remaining freshness of the object that it shows', async () => {
    expect(await controlOf(read())).toBe('private, max-age=60');
    gateway.advance(45_000);
    expect(await controlOf(read())).toBe('private, max-age=15');
    expect(await controlOf(`{ promoCodeByCode(code: "${code}") { id } }`)).toBe('private, max-age=15');
    expect(await controlOf(`{ node(id: "${id}") { id } }`)).toBe('private, max-age=15');
  });

  it('its max-age is that of the least fresh object, including the coupon of a code', async () => {
    gateway.advance(20_000);
    const other = await shop.createPromoCode({ provider: 'STRIPE_CONNECT' });
    gateway.advance(10_000);
    const both = `{ a: promoCode(id: "${id}") { code } b: promoCode(id: "${other.id}") { coupon { id } } }`;
    expect(await controlOf(`{ promoCode(id: "${other.id}") { coupon { id } } }`)).toBe('private, max-age=50');
    expect(await controlOf(both)).toBe('private, max-age=30');
  });

  it('it is no-cache for an object that was read with the policy FRESH', async () => {
    expect(await controlOf(`{ promoCode(id: "${id}", policy: FRESH) { code } }`)).toBe('private, no-cache, max-age=0');
    expect(await controlOf(read())).toBe('private, max-age=60');
  });

  it('it is no-cache for stale objects, lists, and the current state of providers', async () => {
    gateway.advance(60_000);
    expect(await controlOf(read())).toBe('private, no-cache, max-age=0');
    gateway.duro.fail({ kind: 'hang-up' });
    expect(await controlOf(`{ promoCode(id: "${id}", policy: FRESH) { code } }`)).toBe('private, no-cache, max-age=0');
    expect(await controlOf('{ promoCodes { nodes { code } } }')).toBe('private, no-cache, max-age=0');
    expect(await controlOf('{ coupons { totalCount } }')).toBe('private, no-cache, max-age=0');
    expect(await controlOf('{ providers { provider } }')).toBe('private, no-cache, max-age=0');
    expect(await controlOf('{ promoCode(id: "none") { code } }')).toBe('private, no-cache, max-age=0');
  });

  it('its max-age is five minutes for the schema', async () => {
    expect(await controlOf('{ __typename }')).toBe('private, max-age=300');
    expect(await controlOf('{ __schema { queryType { name } } }')).toBe('private, max-age=300');
    expect(await controlOf(`{ __typename promoCode(id: "${id}") { code } }`)).toBe('private, max-age=60');
  });

  it("it is no-store for customers' data and errors", async () => {
    const { redemption } = payloadOf(await shop.redeem({ code }));
    for (const query of [
      '{ redemptions { totalCount } }',
      `{ redemption(id: "${redemption.id}") { status } }`,
      '{ redemption(id: "none") { status } }',
      `{ node(id: "${redemption.id}") { id } }`,
      read('code redemptions { totalCount }'),
      read('code customerId'),
      `{ quotePromoCode(input: { code: "${code}" }) { __typename } }`,
      '{ promoCodes(first: 500) { totalCount } }',
      '{ nonsense }',
      '{',
    ]) {
      expect([query, await controlOf(query)]).toEqual([query, 'no-store, max-age=0']);
      expect((await by[method](query)).headers.get('etag')).toBeNull();
    }
  });

  it('the entities of a router have the max-age of the least fresh one', async () => {
    gateway.advance(20_000);
    const other = await shop.createPromoCode({ provider: 'STRIPE_CONNECT' });
    gateway.advance(10_000);
    const { redemption } = payloadOf(await shop.redeem({ code }));
    const entities = (...references: string[]) =>
      `{ _entities(representations: [${references}]) { __typename ... on PromoCode { code } } }`;
    const reference = (type: string, of: { id: string }) => `{ __typename: "${type}", id: "${of.id}" }`;
    const [one, two] = [reference('PromoCode', { id }), reference('PromoCode', other)];
    expect(await controlOf(entities(two))).toBe('private, max-age=50');
    expect(await controlOf(entities(one, two))).toBe('private, max-age=30');
    expect(await controlOf(entities(one, reference('Redemption', redemption)))).toBe('no-store, max-age=0');
  });
});

it('the answer to a mutation is no-store', async () => {
  const answer = await post(`mutation { updatePromoCode(input: { id: "${id}", active: false }) { __typename } }`);
  expect(await answer.json()).toEqual({ data: { updatePromoCode: { __typename: 'UpdatePromoCodePayload' } } });
  expect(answer.headers.get('cache-control')).toBe('no-store, max-age=0');
});

it('Vary names the request headers that a cacheable answer depends on', async () => {
  expect((await get(read())).headers.get('vary')).toMatch(/Accept, Authorization, Origin, Accept-Encoding$/);
  expect((await post(read())).headers.get('vary')).toMatch(/Accept, Authorization, Origin$/);
  expect((await post('{ redemptions { totalCount } }')).headers.get('vary') ?? '').not.toContain('Authorization');
});

it('an answer to POST has no ETag, and is sent again to a client that has it', async () => {
  const etag = (await get(read())).headers.get('etag') ?? '';
  const answer = await post(read(), { 'if-none-match': etag });
  expect([answer.status, answer.headers.get('etag')]).toEqual([200, null]);
});

it('with SHARED_CACHES the answers to queries are public', async () => {
  gateway = await freshGateway({ settings: { SHARED_CACHES: '1' } });
  ({ id } = await openShop(gateway).createPromoCode());
  expect(await control(read())).toBe('public, max-age=60');
  expect((await post(read())).headers.get('vary')).toContain('Authorization');
  expect(await control('{ promoCodes { totalCount } }')).toBe('public, no-cache, max-age=0');
  expect(await control('{ redemptions { totalCount } }')).toBe('no-store, max-age=0');
});

it('every field that leads to a redemption makes the response no-store', async () => {
  const { redemption } = payloadOf(await shop.redeem({ code }));
  const about = (types: string[]) =>
    Object.values(schema.getTypeMap()).flatMap((type) =>
      isObjectType(type) && !type.name.startsWith('_')
        ? Object.values(type.getFields())
            .filter((field) => types.includes(getNamedType(field.type).name))
            .map((field) => `${type.name}.${field.name}`)
        : [],
    );
  const asked: Record<string, string> = {
    'PromoCode.redemptions': read('redemptions { edges { cursor } }'),
    'Coupon.redemptions': '{ coupons { nodes { redemptions { nodes { id } } } } }',
    'Query.redemption': `{ redemption(id: "${redemption.id}") { id } }`,
    'Query.redemptions': '{ redemptions { edges { cursor } } }',
    'RedemptionConnection.nodes': '{ redemptions { nodes { id } } }',
    'RedemptionEdge.node': '{ redemptions { edges { node { id } } } }',
  };
  // The other types are results of mutations and subscriptions, which are never stored.
  const reachable = about(['Redemption', 'RedemptionConnection']).filter(
    (field) => !/Payload|Subscription|PromotionConflictError/.test(field),
  );
  // The list of coupons must have an entry, so that its redemptions are read.
  await shop.createCoupon();
  expect(reachable.sort()).toEqual(Object.keys(asked).sort());
  for (const query of Object.values(asked))
    expect([query, await control(query)]).toEqual([query, 'no-store, max-age=0']);
});

describe('an ETag', () => {
  it('is strong, and equal exactly for equal bodies', async () => {
    const [one, same, other] = await Promise.all([get(read()), get(read()), get(read('id'))]);
    const tag = one.headers.get('etag');
    expect(tag).toMatch(/^"[\w-]{43}"$/);
    expect(same.headers.get('etag')).toBe(tag);
    expect(other.headers.get('etag')).not.toBe(tag);
    expect(await one.json()).toEqual({ data: { promoCode: { code } } });
  });

  it('that the client already has gets 304 without a body until the data changes', async () => {
    const first = await get(read('redeemedCount'));
    const tag = first.headers.get('etag') ?? '';
    for (const sent of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
      const again = await get(read('redeemedCount'), { 'if-none-match': sent });
      expect([again.status, await again.text()]).toEqual([304, '']);
      for (const name of ['etag', 'cache-control', 'vary']) {
        expect([name, again.headers.get(name)]).toEqual([name, first.headers.get(name)]);
      }
    }
    expect((await get(read('redeemedCount'), { 'if-none-match': '"other"' })).status).toBe(200);
    await shop.redeem({ code });
    const changed = await get(read('redeemedCount'), { 'if-none-match': tag });
    expect([changed.status, await changed.json()]).toEqual([200, { data: { promoCode: { redeemedCount: 1 } } }]);
  });

  it('depends on the media type that the client accepts, as Vary says', async () => {
    const answer = await get(read(), { accept: 'application/graphql-response+json' });
    expect(answer.headers.get('content-type')).toContain('application/graphql-response+json');
    expect(answer.headers.get('vary')).toContain('Accept');
    expect(answer.headers.get('cache-control')).toBe('private, max-age=60');
  });
});
