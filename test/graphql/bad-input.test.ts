import { describe, expect, it } from 'vitest';
import { PROVIDERS } from '../../src/domain/promotion/promotion.ts';
import { freshGateway, sharedGateway } from '../support/gateways.ts';
import { type CheckedMutation, inputIssues } from '../support/input-issues.ts';
import { dollars } from '../support/money.ts';
import { openShop } from '../support/shop.ts';
import type { Json } from '../support/start-gateway.ts';

const gateway = await sharedGateway();

async function issuesOf(mutation: CheckedMutation, input: Json): Promise<string[]> {
  return (await inputIssues(gateway, mutation, input)).map(({ path }) => path);
}

async function held(): Promise<Json> {
  return gateway.run('{ promoCodes { totalCount } coupons { totalCount } redemptions { totalCount } }');
}

const promo = { provider: 'FLEXPRICE', discount: { percentage: '10' } };
const key = { idempotencyKey: 'k' };
const PAST = '2020-01-01T00:00:00Z';
const LATER = '2100-01-01T00:00:00Z';

const CODES: [what: string, code: string][] = [
  ['empty', ''],
  ['blank', '   '],
  ['1,000 characters long', 'A'.repeat(1000)],
  ['with a control character', 'A\u0000B'],
  ['of invisible characters only', '\u200b\u2060'],
  ['with half a surrogate pair', 'A\ud800B'],
];

describe('a mutation refuses, with one issue per field,', () => {
  it.each(CODES)('a code that is %s', async (_, code) => {
    expect(await issuesOf('createPromoCode', { ...promo, code })).toEqual(['input.code']);
    expect(await issuesOf('redeemPromoCode', { code, ...key })).toEqual(['input.code']);
    expect(await issuesOf('holdPromoCode', { code, ...key })).toEqual(['input.code']);
  });

  it.each([
    ['NFKC would change', 'ﬁrst'],
    ['has an invisible character', 'A\u200bB'],
    ['mixes scripts', 'SАLE'],
  ])('a new code that %s', async (_, code) => {
    expect(await issuesOf('createPromoCode', { ...promo, code })).toEqual(['input.code']);
  });

  it.each(['0', '100.01', 'abc', '33.33333', '-1', '1e1', ''])('a percentage of %j', async (percentage) => {
    expect(await issuesOf('createPromoCode', { ...promo, discount: { percentage } })).toEqual([
      'input.discount.percentage',
    ]);
    expect(await issuesOf('createCoupon', { ...promo, name: 'Ten', discount: { percentage } })).toEqual([
      'input.discount.percentage',
    ]);
  });

  it.each([0, -1, 2 ** 53, 1.5])('an amount of %d', async (minorUnits) => {
    const discount = { amount: dollars(minorUnits) };
    expect(await issuesOf('createPromoCode', { ...promo, discount })).toEqual(['input.discount.amount.minorUnits']);
    expect(await issuesOf('createPromoCode', { ...promo, minimumOrder: dollars(minorUnits) })).toEqual([
      'input.minimumOrder.minorUnits',
    ]);
  });

  it.each<[what: string, mutation: CheckedMutation, input: Json, issues: string[]]>([
    [
      'an order below 0',
      'redeemPromoCode',
      { code: 'A', order: { amount: dollars(-1) }, ...key },
      ['input.order.amount.minorUnits'],
    ],
    ['an end in the past', 'createPromoCode', { ...promo, expiresAt: PAST }, ['input.expiresAt']],
    ['an end in the past', 'createCoupon', { ...promo, name: 'Ten', expiresAt: PAST }, ['input.expiresAt']],
    [
      'an end before the start',
      'createPromoCode',
      { ...promo, startsAt: LATER, expiresAt: '2099-01-01T00:00:00Z' },
      ['input.expiresAt'],
    ],
    ['an end at the start', 'updatePromoCode', { id: 'x', startsAt: LATER, expiresAt: LATER }, ['input.expiresAt']],
    [
      'dates that are none',
      'createPromoCode',
      { ...promo, startsAt: 'soon', expiresAt: '2100-02-30T00:00:00Z' },
      ['input.startsAt', 'input.expiresAt'],
    ],
    [
      'dates that leave the years of RFC 3339 by their offset',
      'createPromoCode',
      { ...promo, startsAt: '0000-01-01T00:00:00+23:59', expiresAt: '9999-12-31T23:59:59-23:59' },
      ['input.startsAt', 'input.expiresAt'],
    ],
    [
      'REPEATING without a count',
      'createPromoCode',
      { ...promo, duration: { kind: 'REPEATING' } },
      ['input.duration.count'],
    ],
    [
      'a count that is not REPEATING',
      'createPromoCode',
      { ...promo, duration: { kind: 'ONCE', count: 1 } },
      ['input.duration.count'],
    ],
    [
      'a currency that is none',
      'createPromoCode',
      { ...promo, discount: { amount: { minorUnits: 1, currency: 'usd' } } },
      ['input.discount.amount.currency'],
    ],
    ['both a coupon and a discount', 'createPromoCode', { ...promo, couponId: 'x' }, ['input.discount']],
    ['neither a coupon nor a discount', 'createPromoCode', { provider: 'DURO' }, ['input.discount']],
    [
      'limits of 0',
      'createPromoCode',
      { ...promo, maxRedemptions: 0, perCustomerLimit: 0 },
      ['input.maxRedemptions', 'input.perCustomerLimit'],
    ],
    ['metadata that is not text', 'createPromoCode', { ...promo, metadata: { a: 1, b: 'x' } }, ['input.metadata.a']],
    ['a key of no characters', 'createPromoCode', { ...promo, idempotencyKey: '' }, ['input.idempotencyKey']],
    [
      'a key of 256 characters',
      'redeemPromoCode',
      { code: 'A', idempotencyKey: 'k'.repeat(256) },
      ['input.idempotencyKey'],
    ],
    [
      'ids and keys that are not Unicode',
      'redeemPromoCode',
      { code: 'A', customerId: '\ud800', order: { id: 'o\udc00' }, idempotencyKey: 'k\ud800' },
      ['input.customerId', 'input.order.id', 'input.idempotencyKey'],
    ],
    ['a hold of 0 seconds', 'holdPromoCode', { code: 'A', holdSeconds: 0, ...key }, ['input.holdSeconds']],
    ['a hold of more than 7 days', 'holdPromoCode', { code: 'A', holdSeconds: 604_801, ...key }, ['input.holdSeconds']],
    ['a name of blanks', 'createCoupon', { ...promo, name: ' ' }, ['input.name']],
    ['an account that is none', 'createCoupon', { ...promo, name: 'Ten', account: 'acct_other' }, ['input.account']],
    ['an account that is none', 'createPromoCode', { ...promo, account: 'acct_other' }, ['input.account']],
    [
      'several at once',
      'createPromoCode',
      { provider: 'DURO', code: '', discount: { percentage: 'x' }, maxRedemptions: -1 },
      ['input.code', 'input.discount.percentage', 'input.maxRedemptions'],
    ],
    [
      'several at once, some of them judged together',
      'createPromoCode',
      { provider: 'DURO', code: '', minimumOrder: dollars(0), startsAt: LATER, expiresAt: LATER },
      ['input.code', 'input.discount', 'input.minimumOrder.minorUnits', 'input.expiresAt'],
    ],
  ])('%s (%s)', async (_, mutation, input, issues) => {
    expect((await issuesOf(mutation, input)).sort()).toEqual([...issues].sort());
  });

  it('without any call to a provider or any write to the store', async () => {
    expect(gateway.callsToProviders()).toBe(0);
    expect(await held()).toEqual({
      promoCodes: { totalCount: 0 },
      coupons: { totalCount: 0 },
      redemptions: { totalCount: 0 },
    });
  });
});

it('an invalid update leaves the promo code unchanged', async () => {
  const terms = { provider: 'FLEXPRICE', discount: { percentage: '33.3333' } };
  const { id, discount } = await openShop(gateway).createPromoCode(terms);
  expect(discount).toEqual({ percentage: '33.3333' });
  const read = '{ promoCodes { nodes { id status expiresAt maxRedemptions freshness { asOf } } } }';
  const before = { calls: gateway.callsToProviders(), held: await gateway.run(read) };
  expect(await issuesOf('updatePromoCode', { id, expiresAt: PAST })).toEqual(['input.expiresAt']);
  expect(await issuesOf('updatePromoCode', { id, maxRedemptions: 0 })).toEqual(['input.maxRedemptions']);
  expect(await issuesOf('updatePromoCode', { id })).toEqual(['input']);
  expect({ calls: gateway.callsToProviders(), held: await gateway.run(read) }).toEqual(before);
});

it('a provider that is not configured is an issue of the field provider', async () => {
  const without = await freshGateway({ settings: { DURO_API_KEY: '' } });
  const shop = openShop(without);
  const answers = [await shop.tryCreatePromoCode(), await shop.tryCreateCoupon({ provider: 'DURO' })];
  const { providers } = await without.run('{ providers { provider } }');
  for (const { issues } of answers) expect(issues).toMatchObject([{ path: ['input', 'provider'] }]);
  expect(providers).toEqual(PROVIDERS.filter((provider) => provider !== 'DURO').map((provider) => ({ provider })));
});

describe('a query', () => {
  it.each(CODES)('finds nothing for a code that is %s', async (_, code) => {
    const calls = gateway.callsToProviders();
    const data = await gateway.run(
      `query ($code: String!) {
        promoCodeByCode(code: $code) { id }
        quotePromoCode(input: { code: $code }) { ... on PromoCodeQuote { eligible refusal { reason } } }
      }`,
      { code },
    );
    expect(data).toEqual({
      promoCodeByCode: null,
      quotePromoCode: { eligible: false, refusal: { reason: 'NOT_FOUND' } },
    });
    expect(gateway.callsToProviders()).toBe(calls);
  });

  it('accepts an order of 0', async () => {
    const { quotePromoCode } = await gateway.run(
      `{ quotePromoCode(input: { code: "X", order: { amount: { minorUnits: 0, currency: "USD" } } }) { __typename } }`,
    );
    expect(quotePromoCode).toEqual({ __typename: 'PromoCodeQuote' });
  });

  it.each(['first: 101', 'first: -1', 'first: 1, last: 1', 'after: "garbage"', 'last: 3, before: "e30"'])(
    'refuses the paging %s, and answers the rest of the request',
    async (paging) => {
      const { data, errors } = await gateway.send(`{ promoCodes(${paging}) { totalCount } providers { provider } }`);
      expect(errors).toMatchObject([{ path: ['promoCodes'], extensions: { code: 'BAD_USER_INPUT' } }]);
      expect(data).toMatchObject({ promoCodes: null, providers: PROVIDERS.map((provider) => ({ provider })) });
    },
  );
});
