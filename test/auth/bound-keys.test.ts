import { beforeAll, expect, it } from 'vitest';
import { makeKeys } from '../support/credentials/keys.ts';
import { sharedGateway } from '../support/gateways.ts';
import { openShop } from '../support/shop.ts';
import type { Json } from '../support/start-gateway.ts';

const EVERYTHING = 'read+quote+redeem+manage+operate';
const keys = makeKeys({
  whole: EVERYTHING,
  one: `${EVERYTHING}:STRIPE_CONNECT/acct_one`,
  connect: `${EVERYTHING}:STRIPE_CONNECT`,
  duro: `${EVERYTHING}:DURO+FLEXPRICE/default`,
});
type Name = 'whole' | 'one' | 'connect' | 'duro';

const gateway = await sharedGateway({ settings: keys.settings });
const made: Record<string, { id: string; couponId: string | null; redemption: string }> = {};
const as = (name: Name) => (query: string, variables: Json) => gateway.run(query, variables, keys.of(name));
let number = 0;

const shopOf = (name: Name) => openShop(gateway, keys.of(name));
const create = (name: Name, input: Json): Promise<Json> => shopOf(name).tryCreatePromoCode(input);
const redeem = (name: Name, code: string): Promise<Json> => shopOf(name).redeem({ code, customerId: 'cus_1' });

beforeAll(async () => {
  for (const [code, provider, account] of [
    ['AT-DURO', 'DURO', 'default'],
    ['AT-ONE', 'STRIPE_CONNECT', 'acct_one'],
    ['AT-TWO', 'STRIPE_CONNECT', 'acct_two'],
  ] as const) {
    const { promoCode } = await create('whole', { code, provider, account });
    const { redemption } = await redeem('whole', code);
    made[code] = { id: promoCode.id, couponId: promoCode.coupon?.id ?? null, redemption: redemption.id };
  }
});

const SEEN: [Name, string[]][] = [
  ['whole', ['AT-DURO', 'AT-ONE', 'AT-TWO']],
  ['one', ['AT-ONE']],
  ['connect', ['AT-ONE', 'AT-TWO']],
  ['duro', ['AT-DURO']],
];

it.each(SEEN)('the key %s sees the codes of its own accounts in every query, and no others: %j', async (name, seen) => {
  const run = as(name);
  const { promoCodes } = await run('{ promoCodes { totalCount nodes { code } } }', {});
  expect(promoCodes.nodes.map(({ code }: Json) => code).sort()).toEqual(seen);
  expect(promoCodes.totalCount).toBe(seen.length);
  const every =
    '{ promoCodes(filter: { provider: [DURO, STRIPE_CONNECT], account: ["acct_two", "default"] }) { nodes { code } } }';
  expect((await run(every, {})).promoCodes.nodes.map(({ code }: Json) => code).sort()).toEqual(
    seen.filter((code) => code !== 'AT-ONE'),
  );
  for (const [code, { id, couponId, redemption }] of Object.entries(made)) {
    const isSeen = seen.includes(code);
    const read = `query ($id: ID!, $code: String!, $coupon: ID!, $redemption: ID!) {
      promoCode(id: $id) { id } fresh: promoCode(id: $id, policy: FRESH) { id } held: promoCode(id: $id, policy: CACHE_ONLY) { id }
      promoCodeByCode(code: $code) { id } node(id: $id) { id } nodes(ids: [$id, $redemption]) { id }
      coupon(id: $coupon) { id } redemption(id: $redemption) { id }
      codes: promoCodes(filter: { couponId: $coupon }) { totalCount nodes { id } }
      redemptions(filter: { promotionId: $id }) { totalCount nodes { id } }
      ofCustomer: redemptions(filter: { customerId: "cus_1" }) { totalCount nodes { id } }
      byTime: redemptions(filter: { redeemedAfter: "2000-01-01T00:00:00Z" }, orderBy: REDEEMED_AT_DESC) {
        totalCount nodes { id } } }`;
    const answer = await run(read, { id, code, coupon: couponId ?? id, redemption });
    const found = Object.entries(answer).flatMap(([field, value]) =>
      hasIn(value, [id, couponId, redemption]) ? [field] : [],
    );
    const all = [
      'promoCode',
      'fresh',
      'held',
      'promoCodeByCode',
      'node',
      'nodes',
      'redemption',
      'redemptions',
      'ofCustomer',
      'byTime',
    ];
    expect([code, found.sort()]).toEqual([
      code,
      isSeen ? [...all, ...(couponId ? ['coupon', 'codes'] : [])].sort() : [],
    ]);
    expect([answer.ofCustomer.totalCount, answer.byTime.totalCount]).toEqual([seen.length, seen.length]);
  }
});

function hasIn(value: Json, ids: (string | null)[]): boolean {
  return ids.some((id) => id !== null && JSON.stringify(value).includes(id));
}

it.each(SEEN)(
  'the key %s uses and changes codes of its own accounts, and all others do not exist for it: %j',
  async (name, seen) => {
    const run = as(name);
    for (const [code, { id, couponId, redemption }] of Object.entries(made)) {
      const isSeen = seen.includes(code);
      expect([code, await redeem(name, code)]).toMatchObject([
        code,
        isSeen ? { __typename: 'RedeemPayload' } : { reason: 'NOT_FOUND' },
      ]);
      const writes = `mutation ($id: ID!, $coupon: ID!, $redemption: ID!, $key: String!) {
      updatePromoCode(input: { id: $id, perCustomerLimit: 50, allowGatewayRules: true }) { __typename }
      updateCoupon(input: { id: $coupon, metadata: { a: "b" } }) { __typename }
      redeemCoupon(input: { couponId: $coupon, idempotencyKey: $key }) { __typename ... on RedemptionRefusedError { reason } }
      confirmRedemption(input: { id: $redemption }) { __typename }
      cancelRedemption(input: { id: $redemption }) { __typename } }`;
      const answer = await run(writes, { id, coupon: couponId ?? id, redemption, key: `coupon-${++number}` });
      const types = Object.values<Json>(answer).map(({ __typename }) => __typename);
      if (isSeen) {
        expect(types.filter((type) => type === 'PromotionNotFoundError')).toHaveLength(couponId ? 0 : 1);
      } else {
        const none = 'PromotionNotFoundError';
        expect(types).toEqual([none, none, 'RedemptionRefusedError', none, none]);
        expect(answer.redeemCoupon.reason).toBe('NOT_FOUND');
      }
    }
  },
);

it('a bound key creates promotions only in its own accounts, by default in the first', async () => {
  const off = { __typename: 'PromotionInputError', issues: [{ path: ['input', 'provider'] }] };
  expect(await create('one', { provider: 'DURO', code: 'NEW' })).toMatchObject(off);
  const elsewhere = { __typename: 'PromotionInputError', issues: [{ path: ['input', 'account'] }] };
  expect(await create('one', { provider: 'STRIPE_CONNECT', account: 'acct_two', code: 'NEW' })).toMatchObject(
    elsewhere,
  );
  expect(await create('one', { provider: 'STRIPE_CONNECT', code: 'NEW' })).toMatchObject({
    __typename: 'CreatePromoCodePayload',
  });
});

it('a bound key sees only its own providers and accounts', async () => {
  const { providers } = await as('one')('{ providers { provider accounts { account } } }', {});
  expect(providers).toEqual([{ provider: 'STRIPE_CONNECT', accounts: [{ account: 'acct_one' }] }]);
});

it('a bound key sees only its own codes as entities of a supergraph', async () => {
  const query = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on PromoCode { code } } }`;
  const of = Object.values(made).map(({ id }) => ({ __typename: 'PromoCode', id }));
  expect((await as('one')(query, { of }))._entities).toEqual([null, { code: 'AT-ONE' }, null]);
});
