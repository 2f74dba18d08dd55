import { describe, expect, it } from 'vitest';
import { flexpriceClient } from '../../simulators/client.ts';
import { makeKeys } from '../../support/credentials/keys.ts';
import { sharedGateway } from '../../support/gateways.ts';
import { openShop } from '../../support/shop.ts';
import type { Json } from '../../support/start-gateway.ts';

const keys = makeKeys({
  owner: 'read+manage+redeem+quote',
  shop: 'quote+redeem',
  maker: 'manage',
  one: 'read+manage+quote:STRIPE_CONNECT/acct_one',
});
const gateway = await sharedGateway({ settings: keys.settings });
const owner = openShop(gateway, keys.of('owner'));

const CANDIDATES = 'reason message candidates { id provider account code }';
const QUOTE = `query ($code: String!) {
  quotePromoCode(input: { code: $code }) { ... on PromoCodeQuote { refusal { ${CANDIDATES} } } }
}`;
const REDEEM = `mutation ($code: String!, $key: String!) {
  redeemPromoCode(input: { code: $code, idempotencyKey: $key }) { ... on RedemptionRefusedError { ${CANDIDATES} } }
}`;
const CREATE = `mutation ($input: CreatePromoCodeInput!) {
  createPromoCode(input: $input) {
    __typename ... on CreatePromoCodePayload { promoCode { id } alsoLiveAt { id provider account code } }
  }
}`;
const BY_CODE = 'query ($code: String!) { promoCodeByCode(code: $code) { id } }';

type Name = Parameters<typeof keys.of>[0];
const run = async (name: Name, query: string, variables: Json): Promise<Json> =>
  gateway.run(query, variables, keys.of(name));

/** Creates a code with this text at two providers. */
async function createTwice(code: string): Promise<Json[]> {
  const shownOf = ({ id, provider, account, code: text }: Json) => ({ id, provider, account, code: text });
  const atDuro = await owner.createPromoCode({ code });
  const atStripe = await owner.createPromoCode({ provider: 'STRIPE_CONNECT', account: 'acct_two', code });
  return [atDuro, atStripe].map(shownOf);
}
const byId = (candidates: Json[]) => candidates.toSorted((one, other) => (one.id < other.id ? -1 : 1));

describe('a text that means two codes', () => {
  it('is refused with words for a customer, and with the codes for a caller that may read', async () => {
    const codes = await createTwice('TWO-1');
    const { refusal } = (await run('owner', QUOTE, { code: 'two-1' })).quotePromoCode;
    expect(refusal.message).toBe('This code exists more than once: contact support.');
    owner.expectFitToShow(refusal);
    expect(byId(refusal.candidates)).toEqual(byId(codes));
    const redeemed = (await run('owner', REDEEM, { code: 'two-1', key: owner.newKey() })).redeemPromoCode;
    expect(redeemed).toEqual(refusal);
  });

  it('is refused without the codes for a caller that may not read', async () => {
    await createTwice('TWO-2');
    const concealed = { reason: 'AMBIGUOUS_CODE', candidates: [] };
    expect((await run('shop', QUOTE, { code: 'TWO-2' })).quotePromoCode.refusal).toMatchObject(concealed);
    const redeemed = await run('shop', REDEEM, { code: 'TWO-2', key: owner.newKey() });
    expect(redeemed.redeemPromoCode).toMatchObject(concealed);
  });

  it('is an error of a read that names the codes', async () => {
    const codes = await createTwice('TWO-3');
    const { errors } = await gateway.send(BY_CODE, { code: 'two-3' }, keys.of('owner'));
    expect(errors).toHaveLength(1);
    expect(errors?.[0]?.extensions?.code).toBe('AMBIGUOUS_CODE');
    expect(byId(errors?.[0]?.extensions?.candidates)).toEqual(byId(codes));
  });
});

describe('the creation of a code', () => {
  const create = async (name: Name, input: Json) =>
    (await run(name, CREATE, { input: { discount: { percentage: '10' }, ...input } })).createPromoCode;

  it('lists the live codes with its text at other providers and accounts', async () => {
    const codes = await createTwice('ALSO-1');
    const made = await create('owner', { provider: 'STRIPE_CONNECT', account: 'acct_one', code: 'also-1' });
    expect(byId(made.alsoLiveAt)).toEqual(byId(codes));
    const other = await create('owner', { provider: 'FLEXPRICE', code: 'Also-1' });
    expect(other.alsoLiveAt).toHaveLength(3);
  });

  it('lists a code that the gateway has not read yet', async () => {
    const terms = { type: 'percentage', percentage_off: '10', cadence: 'once' };
    await flexpriceClient(gateway.flexprice)('POST', '/coupons', { name: 'Ten', coupon_code: 'also-2', ...terms });
    const made = await create('owner', { provider: 'DURO', code: 'ALSO-2' });
    expect(made.alsoLiveAt).toMatchObject([{ provider: 'FLEXPRICE', code: 'also-2' }]);
  });

  it('lists neither a code that is over nor one with another text', async () => {
    const { id } = await owner.createPromoCode({ code: 'ALSO-3' });
    await owner.update({ id, active: false });
    await owner.createPromoCode({ code: 'ALSO-33' });
    expect((await create('owner', { provider: 'FLEXPRICE', code: 'ALSO-3' })).alsoLiveAt).toEqual([]);
  });

  it('lists nothing outside of the accounts of the caller, and nothing for a caller that may not read', async () => {
    await createTwice('ALSO-4');
    const input = { provider: 'STRIPE_CONNECT', account: 'acct_one', code: 'ALSO-4' };
    expect(await create('one', input)).toMatchObject({ alsoLiveAt: [], __typename: 'CreatePromoCodePayload' });
    const made = await create('maker', { provider: 'FLEXPRICE', code: 'ALSO-4' });
    expect(made).toMatchObject({ alsoLiveAt: [], __typename: 'CreatePromoCodePayload' });
  });

  it('succeeds if a provider that it asks does not answer', async () => {
    await createTwice('ALSO-5');
    gateway.flexprice.fail({ kind: 'answer', status: 503, times: Number.POSITIVE_INFINITY });
    const made = await create('owner', { provider: 'STRIPE_CONNECT', account: 'acct_one', code: 'ALSO-5' });
    expect(made.alsoLiveAt).toHaveLength(2);
  });
});
