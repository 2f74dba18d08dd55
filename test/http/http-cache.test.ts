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
const control = async (query: string) => (await get(query)).headers.get('cache-control');
const read = (fields = 'code') => `{ promoCode(id: "${id}") { ${fields} } }`;

describe('Cache-Control of a response to GET', () => {
  it('its max-age is the remaining freshness of the object that it shows', async () => {
    expect(await control(read())).toBe('private, max-age=60');
    gateway.advance(45_000);
    expect(await control(read())).toBe('private, max-age=15');
    expect(await control(`{ promoCodeByCode(code: "${code}") { id } }`)).toBe('private, max-age=15');
    expect(await control(`{ node(id: "${id}") { id } }`)).toBe('private, max-age=15');
  });

  it('its max-age is that of the least fresh object, including the coupon of a code', async () => {
    gateway.advance(20_000);
    const other = await shop.createPromoCode({ provider: 'STRIPE_CONNECT' });
    gateway.advance(10_000);
    const both = `{ a: promoCode(id: "${id}") { code } b: promoCode(id: "${other.id}") { coupon { id } } }`;
    expect(await control(`{ promoCode(id: "${other.id}") { coupon { id } } }`)).toBe('private, max-age=50');
    expect(await control(both)).toBe('private, max-age=30');
  });

  it('it is no-cache for stale objects, lists, and the current state of providers', async () => {
    gateway.advance(60_000);
    expect(await control(read())).toBe('private, no-cache');
    gateway.duro.fail({ kind: 'hang-up' });
    expect(await control(`{ promoCode(id: "${id}", policy: FRESH) { code } }`)).toBe('private, no-cache');
    expect(await control('{ promoCodes { nodes { code } } }')).toBe('private, no-cache');
    expect(await control('{ coupons { totalCount } }')).toBe('private, no-cache');
    expect(await control('{ providers { provider } }')).toBe('private, no-cache');
    expect(await control('{ promoCode(id: "none") { code } }')).toBe('private, no-cache');
  });

  it('its max-age is five minutes for the schema', async () => {
    expect(await control('{ __typename }')).toBe('private, max-age=300');
    expect(await control('{ __schema { queryType { name } } }')).toBe('private, max-age=300');
    expect(await control(`{ __typename promoCode(id: "${id}") { code } }`)).toBe('private, max-age=60');
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
      const answer = await get(query);
      expect([query, answer.headers.get('cache-control'), answer.headers.get('etag')]).toEqual([
        query,
        'no-store',
        null,
      ]);
    }
  });
});

it('a response to POST is no-store', async () => {
  const body = JSON.stringify({ query: read() });
  const answer = await fetch(gateway.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.headers.get('etag')).toBeNull();
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
  const reachable = about(['Redemption', 'RedemptionConnection']).filter(
    (field) => !/Payload|Subscription/.test(field),
  );
  // The list of coupons must have an entry, so that its redemptions are read.
  await shop.createCoupon();
  expect(reachable.sort()).toEqual(Object.keys(asked).sort());
  for (const query of Object.values(asked)) expect([query, await control(query)]).toEqual([query, 'no-store']);
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
