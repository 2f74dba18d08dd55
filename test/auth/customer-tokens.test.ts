import { execute, parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOCAL_CALLER } from '../../src/auth/caller.ts';
import { createRequestContext } from '../../src/graphql/context.ts';
import { schema } from '../../src/graphql/schema.ts';
import { makeKeys } from '../support/credentials/keys.ts';
import { startIssuer } from '../support/credentials/token-issuer.ts';
import { sharedGateway } from '../support/gateways.ts';
import { payloadOf } from '../support/mutations.ts';
import { openShop } from '../support/shop.ts';
import type { Json } from '../support/start-gateway.ts';

const issuer = await startIssuer();
const keys = makeKeys({ owner: 'read+manage+redeem', shop: 'quote+redeem' });

const gateway = await sharedGateway({
  settings: { ...keys.settings, ...issuer.settings, ATTEMPTS_PER_CUSTOMER: '1000' },
});
const owner = openShop(gateway, keys.of('owner'));
beforeAll(async () => {
  await owner.createPromoCode({ code: 'OPEN' });
  await owner.createPromoCode({ code: 'ANNAS', customerId: 'anna' });
});
afterAll(() => issuer.stop());

/** The header with a token of the storefront. All its customers have the same subject. */
async function bearer(customer: string | null, scope = 'quote redeem'): Promise<{ authorization: string }> {
  const exp = Math.floor(gateway.now() / 1000) + 3600;
  const claims = { sub: 'storefront', exp, scope, ...(customer !== null && { promotion_customer: customer }) };
  return { authorization: `Bearer ${await issuer.sign(claims)}` };
}
const shopOf = async (customer: string | null, scope?: string) => openShop(gateway, await bearer(customer, scope));

async function ask(headers: Record<string, string>, query: string, variables: Json = {}) {
  const answer = await fetch(gateway.url, {
    method: 'POST',
    headers: { accept: 'application/graphql-response+json', 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors }: Json = await answer.json();
  return { status: answer.status, data, code: errors?.[0].extensions.code, message: errors?.[0].message };
}

const redemptions = async () =>
  (await gateway.run('{ redemptions { totalCount } }', {}, keys.of('owner'))).redemptions?.totalCount;

describe('a token that is bound to a customer', () => {
  it('acts for that customer, whether the input names it or not', async () => {
    const anna = await shopOf('anna');
    for (const input of [{}, { customerId: 'anna' }, { customerId: null }]) {
      expect(await anna.quote({ code: 'ANNAS', ...input })).toMatchObject({ eligible: true });
      for (const use of [anna.hold, anna.redeem]) {
        expect(await use({ code: 'ANNAS', ...input })).toMatchObject({ redemption: { customerId: 'anna' } });
      }
    }
  });

  it('cannot name another customer, and calls no provider', async () => {
    const anna = await shopOf('anna');
    const before = [gateway.callsToProviders(), await redemptions()];
    const wrong = { issues: [{ path: ['input', 'customerId'] }] };
    for (const use of [anna.quote, anna.hold, anna.redeem]) {
      expect(await use({ code: 'OPEN-OR-NOT', customerId: 'bert' })).toMatchObject(wrong);
    }
    expect([gateway.callsToProviders(), await redemptions()]).toEqual(before);
  });

  it("gets the same answer for another customer's code as for an unknown one", async () => {
    const bert = await shopOf('bert');
    const answers = [];
    for (const code of ['ANNAS', 'NOBODYS']) {
      answers.push([await bert.quote({ code }), await bert.hold({ code }), await bert.redeem({ code })]);
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]).toMatchObject([{ refusal: { reason: 'NOT_REDEEMABLE' } }, {}, {}]);
  });

  it('has only the scopes quote and redeem, whatever it claims', async () => {
    const headers = await bearer('anna', 'read quote redeem manage operate customers');
    for (const query of [
      '{ promoCodes { totalCount } }',
      '{ promoCodeByCode(code: "OPEN") { id } }',
      '{ redemption(id: "x") { id } }',
      '{ failedAttempts { totalCount } }',
      'subscription { redemptionChanged { id } }',
      'mutation { redeemCoupon(input: { couponId: "x", idempotencyKey: "x" }) { __typename } }',
    ]) {
      expect([query, await ask(headers, query)]).toMatchObject([query, { status: 403, code: 'FORBIDDEN' }]);
    }
  });

  it("cannot confirm or cancel another customer's redemption, or read it by its idempotency key", async () => {
    const [anna, bert] = [await shopOf('anna'), await shopOf('bert')];
    const held = payloadOf(await anna.hold({ code: 'OPEN' })).redemption;
    const none = { __typename: 'PromotionNotFoundError' };
    expect(await bert.confirm(held.id, { idempotencyKey: 'confirm' })).toMatchObject(none);
    expect(await bert.cancel(held.id)).toMatchObject(none);
    expect(await anna.confirm(held.id, { idempotencyKey: 'confirm' })).toMatchObject({ replayed: false });
    expect(await bert.confirm(held.id, { idempotencyKey: 'confirm' })).toMatchObject(none);
    // A customer cannot block an idempotency key that another customer will use.
    expect(await bert.redeem({ code: 'OPEN', idempotencyKey: 'next' })).toMatchObject({ replayed: false });
    expect(await anna.redeem({ code: 'OPEN', idempotencyKey: 'next' })).toMatchObject({ replayed: false });
    expect(await bert.cancel(held.id)).toMatchObject(none);
    expect(await anna.cancel(held.id)).toMatchObject({ redemption: { status: 'CANCELLED' } });
  });

  it("does not take over another customer's redemption of the order", async () => {
    const [anna, bert] = [await shopOf('anna'), await shopOf('bert')];
    const order = { id: 'shared' };
    const theirs = payloadOf(await anna.redeem({ code: 'OPEN', order })).redemption;
    expect(payloadOf(await bert.redeem({ code: 'OPEN', order })).redemption).toMatchObject({ customerId: 'bert' });
    expect(payloadOf(await anna.redeem({ code: 'OPEN', order })).redemption).toEqual({
      ...theirs,
      promotion: expect.anything(),
    });
  });
});

describe("another customer's order that a bound token names", () => {
  const amount = { minorUnits: 1000, currency: 'NGN' };
  const order = (id: string) => ({ id, amount });

  it('does not reveal or lose its discounts', async () => {
    await owner.createPromoCode({ code: 'MOST', discount: { percentage: '90' } });
    const [anna, bert] = [await shopOf('anna'), await shopOf('bert')];
    const whole = { discountAmount: { minorUnits: 900 } };
    expect(await bert.redeem({ code: 'MOST', order: order('guessed') })).toMatchObject({ redemption: whole });
    expect(await anna.quote({ code: 'MOST', order: order('guessed') })).toMatchObject({
      ...whole,
      payableAmount: { minorUnits: 100 },
    });
    expect(await anna.redeem({ code: 'MOST', order: order('guessed') })).toMatchObject({ redemption: whole });
    // The customer's own discounts still share the order amount.
    expect(await anna.redeem({ code: 'OPEN', order: order('guessed') })).toMatchObject({
      redemption: { discountAmount: { minorUnits: 100 } },
    });
    expect(await anna.redeem({ code: 'ANNAS', order: order('guessed') })).toMatchObject({
      redemption: { discountAmount: { minorUnits: 0 } },
    });
  });

  it('does not fix the currency of the order', async () => {
    const [anna, bert] = [await shopOf('anna'), await shopOf('bert')];
    await bert.hold({ code: 'OPEN', order: { id: 'foreign', amount: { minorUnits: 1000, currency: 'USD' } } });
    expect(await anna.redeem({ code: 'OPEN', order: order('foreign') })).toMatchObject({ __typename: 'RedeemPayload' });
  });
});

describe('a token without a customer', () => {
  const USE = '{ code: "OPEN", idempotencyKey: "named", customerId: CUSTOMER }';
  const redeem = (customer: string) => `redeemPromoCode(input: ${USE.replace('CUSTOMER', customer)}) { __typename }`;
  const FIRST = 'first: redeemPromoCode(input: { code: "OPEN", idempotencyKey: "first" }) { __typename }';
  const input = { code: 'OPEN', idempotencyKey: 'named', customerId: 'anna' };
  const NAMED: [string, string, Json][] = [
    ['in its text', `mutation { ${FIRST} ${redeem('"anna"')} }`, {}],
    ['in a fragment', `mutation { ${FIRST} ...More } fragment More on Mutation { ${redeem('"anna"')} }`, {}],
    ['in a variable', `mutation ($who: ID) { ${FIRST} ${redeem('$who')} }`, { who: 'anna' }],
    ['in a variable as a number', `mutation ($who: ID) { ${FIRST} ${redeem('$who')} }`, { who: 0 }],
    ['in the default of a variable', `mutation ($who: ID = "anna") { ${FIRST} ${redeem('$who')} }`, {}],
    [
      'in the whole input',
      `mutation ($input: RedeemPromoCodeInput!) { ${FIRST} redeemPromoCode(input: $input) { __typename } }`,
      { input },
    ],
    [
      'in the default of the whole input',
      `mutation ($input: HoldPromoCodeInput = ${USE.replace('CUSTOMER', '"anna"')}) { ${FIRST} holdPromoCode(input: $input) { __typename } }`,
      {},
    ],
  ];

  it.each(NAMED)(
    'needs the scope customers to name a customer %s, and nothing of the operation is executed',
    async (...[, query, variables]) => {
      // Guessed codes are read again a moment after their answer.
      await gateway.gateway.reads.settled();
      const before = [gateway.callsToProviders(), await redemptions()];
      expect(await ask(await bearer(null), query, variables)).toEqual({
        status: 403,
        data: undefined,
        code: 'FORBIDDEN',
        message: 'customerId needs the scope customers',
      });
      expect([gateway.callsToProviders(), await redemptions()]).toEqual(before);
    },
  );

  it.each([
    ['names no customer', `mutation ($who: ID) { ${redeem('$who')} }`, {}],
    ['names no customer by a null variable', `mutation ($who: ID = "anna") { ${redeem('$who')} }`, { who: null }],
    ['names no customer by a null literal', `mutation { ${redeem('null')} }`, {}],
  ])('may execute an operation that %s', async (_, query, variables) => {
    const answer = await ask(await bearer(null), query, variables);
    expect(answer).toMatchObject({ status: 200, data: { redeemPromoCode: { __typename: 'RedeemPayload' } } });
  });

  it('may name any customer with that scope, in lists too', async () => {
    const any = await shopOf(null, 'quote redeem customers');
    expect(await any.redeem({ code: 'ANNAS', customerId: 'anna' })).toMatchObject({ __typename: 'RedeemPayload' });
    const list = '{ redemptions(filter: { customerId: "anna" }) { totalCount } }';
    expect(await ask(await bearer(null, 'read'), list)).toMatchObject({ status: 403 });
    expect(await ask(await bearer(null, 'read customers'), list)).toMatchObject({ status: 200 });
  });

  it('may write a customer into the metadata of a coupon', async () => {
    const notes =
      '{ provider: FLEXPRICE, name: "Notes", discount: { percentage: "1" }, metadata: { customerId: "anna" } }';
    const query = `mutation ($notes: JSONObject) { createCoupon(input: ${notes}) { __typename }
      other: createCoupon(input: { provider: FLEXPRICE, name: "More", discount: { percentage: "1" }, metadata: $notes }) {
        __typename } }`;
    const answer = await ask(await bearer(null, 'manage'), query, { notes: { customerId: 'anna' } });
    expect(answer.data).toEqual({
      createCoupon: { __typename: 'CreateCouponPayload' },
      other: { __typename: 'CreateCouponPayload' },
    });
  });
});

it('the resolvers also reject a customer that the caller may not name', async () => {
  const scopes = new Set(['quote', 'redeem', 'manage'] as const);
  const contextValue = createRequestContext(gateway.gateway, { ...LOCAL_CALLER, scopes }, { address: null });
  const uses = [
    'redeemPromoCode(input: { code: "X"',
    'holdPromoCode(input: { code: "X"',
    'redeemCoupon(input: { couponId: "x"',
  ];
  const mutations = uses.map(
    (use, index) => `a${index}: ${use}, customerId: "anna", idempotencyKey: "k" }) { __typename }`,
  );
  for (const query of [
    `mutation { ${mutations.join(' ')} }`,
    '{ quotePromoCode(input: { code: "X", customerId: "anna" }) { __typename } }',
  ]) {
    const { errors = [] } = await execute({ schema, document: parse(query), contextValue });
    const codes = errors.map(({ extensions }) => extensions.code);
    expect([query, codes]).toEqual([query, Array(query.startsWith('mutation') ? 3 : 1).fill('FORBIDDEN')]);
  }
});

it('an API key may name customers, whatever its scopes are', async () => {
  const shop = openShop(gateway, keys.of('shop'));
  expect(await shop.redeem({ code: 'ANNAS', customerId: 'anna' })).toMatchObject({ __typename: 'RedeemPayload' });
});
