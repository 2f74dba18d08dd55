import { describe, expect, it } from 'vitest';
import { freshGateway, sharedGateway } from '../../support/gateways.ts';
import { payloadOf } from '../../support/mutations.ts';
import { openShop } from '../../support/shop.ts';
import type { Json } from '../../support/start-gateway.ts';

/*
 * The tags that Apollo Router's response cache reads from the extensions of an answer: a list of lists for entities, in
 * their order, and one list for everything else. The router itself cannot run here, so these tests hold only the format.
 */

const gateway = await sharedGateway();
const shop = openShop(gateway);

const ENTITIES = `query ($representations: [_Any!]!) {
  _entities(representations: $representations) { __typename ... on PromoCode { code } ... on Coupon { name } }
}`;

const sendEntities = (...representations: { __typename: string; id: string }[]): Promise<Json> =>
  gateway.send(ENTITIES, { representations });

describe('an answer to _entities', () => {
  it('has the type and the id of each entity as its tags, in the order of the representations', async () => {
    const [one, two] = [await shop.createPromoCode(), await shop.createPromoCode()];
    const { extensions } = await sendEntities(
      { __typename: 'PromoCode', id: two.id },
      { __typename: 'PromoCode', id: one.id },
    );
    expect(extensions).toEqual({
      apolloEntityCacheTags: [
        ['PromoCode', `PromoCode:${two.id}`],
        ['PromoCode', `PromoCode:${one.id}`],
      ],
    });
  });

  it('has the coupon of a promo code among its tags, because its terms and its remaining uses are those of the coupon', async () => {
    const { id, coupon } = await shop.createPromoCode({ provider: 'STRIPE_CONNECT' });
    const couponId = coupon?.id ?? '';
    const { extensions } = await sendEntities({ __typename: 'PromoCode', id }, { __typename: 'Coupon', id: couponId });
    expect(extensions.apolloEntityCacheTags).toEqual([
      ['PromoCode', `PromoCode:${id}`, 'Coupon', `Coupon:${couponId}`],
      ['Coupon', `Coupon:${couponId}`],
    ]);
  });

  it('has tags for an entity that does not exist, so that it is asked for again once it does', async () => {
    const { id } = await shop.createPromoCode();
    const unknown = Buffer.from('PromoCode:DURO:default:nowhere').toString('base64url');
    const { data, extensions } = await sendEntities(
      { __typename: 'PromoCode', id: unknown },
      { __typename: 'PromoCode', id: 'a text, not an id' },
      { __typename: 'PromoCode', id },
    );
    expect(data._entities).toEqual([null, null, { __typename: 'PromoCode', code: expect.any(String) }]);
    expect(extensions.apolloEntityCacheTags).toEqual([
      ['PromoCode', `PromoCode:${unknown}`],
      [],
      ['PromoCode', `PromoCode:${id}`],
    ]);
  });

  it('has no tags if it must not be stored, or not be used again', async () => {
    const { id, code } = await shop.createPromoCode();
    const { redemption } = payloadOf(await shop.redeem({ code }));
    const promoCode = { __typename: 'PromoCode', id };
    expect(await sendEntities(promoCode, { __typename: 'Redemption', id: redemption.id })).not.toHaveProperty(
      'extensions',
    );
    expect(await sendEntities({ __typename: 'PromoCode', id: 'none' })).not.toHaveProperty('extensions');
    expect(await gateway.send(ENTITIES, { representations: [{}] })).not.toHaveProperty('extensions');
  });

  it('has no tags with CACHE_TAGS=0', async () => {
    const silent = await freshGateway({ settings: { CACHE_TAGS: '0' } });
    const { id } = await openShop(silent).createPromoCode();
    const answer = await silent.send(ENTITIES, { representations: [{ __typename: 'PromoCode', id }] });
    expect(answer).not.toHaveProperty('extensions');
  });
});

describe('an answer to another query', () => {
  const read = (ids: string[]) => `{ ${ids.map((id, n) => `p${n}: promoCode(id: "${id}") { code }`).join(' ')} }`;

  it('has no tags, because only routers need them', async () => {
    const { id } = await shop.createPromoCode();
    expect(await gateway.send(read([id]))).not.toHaveProperty('extensions');
  });

  it('has the tags of everything that it shows with CACHE_TAGS=1', async () => {
    const tagging = await freshGateway({ settings: { CACHE_TAGS: '1' } });
    const code = await openShop(tagging).createPromoCode();
    const { id, coupon } = await openShop(tagging).createPromoCode({ provider: 'STRIPE_CONNECT' });
    const answer: Json = await tagging.send(read([code.id, id]));
    expect(answer.extensions).toEqual({
      apolloCacheTags: ['PromoCode', `PromoCode:${code.id}`, `PromoCode:${id}`, 'Coupon', `Coupon:${coupon?.id}`],
    });
    expect(await tagging.send('{ promoCodes { nodes { code } } }')).not.toHaveProperty('extensions');
    expect(await tagging.send('{ __typename }')).not.toHaveProperty('extensions');
    const entities: Json = await tagging.send(ENTITIES, {
      representations: [{ __typename: 'PromoCode', id: code.id }],
    });
    expect(entities.extensions).toEqual({ apolloEntityCacheTags: [['PromoCode', `PromoCode:${code.id}`]] });
  });

  it('has them in Cache-Tag by GET with CACHE_TAGS=1, as far as a header has room', async () => {
    const tagging = await freshGateway({ settings: { CACHE_TAGS: '1' } });
    const get = (query: string) =>
      fetch(`${tagging.url}?${new URLSearchParams({ query })}`, { headers: { accept: 'application/json' } });
    const ids: string[] = [];
    while (ids.length < 40) ids.push((await openShop(tagging).createPromoCode()).id);
    // The second answer comes from memory.
    for (let count = 0; count < 2; count += 1) {
      const few = await get(read(ids.slice(0, 2)));
      expect(few.headers.get('cache-tag')).toBe(`PromoCode,PromoCode:${ids[0]},PromoCode:${ids[1]}`);
      expect(await few.json()).not.toHaveProperty('extensions');
    }
    expect((await get(read(ids))).headers.get('cache-tag')).toBe('PromoCode');
    expect((await get('{ promoCodes { nodes { code } } }')).headers.get('cache-tag')).toBeNull();
  });
});
