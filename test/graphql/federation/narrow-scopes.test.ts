import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { promotionId } from '../../../src/domain/promotion/identity.ts';
import { makeKeys } from '../../support/credentials/keys.ts';
import { startIssuer } from '../../support/credentials/token-issuer.ts';
import { freshGateway, sharedGateway } from '../../support/gateways.ts';
import { payloadOf } from '../../support/mutations.ts';
import { openShop } from '../../support/shop.ts';
import type { Json, RunningGateway } from '../../support/start-gateway.ts';

/* Entities as a router looks them up for callers without the scope `read`. */

const keys = makeKeys({
  owner: 'read+manage+redeem+operate',
  quotes: 'quote',
  checkout: 'redeem',
  other: 'redeem',
  bound: 'quote:STRIPE_CONNECT',
});
const issuer = await startIssuer();
const settings = { ...keys.settings, ...issuer.settings, ATTEMPTS_PER_CUSTOMER: '3', ATTEMPTS_PER_CALLER: '1000' };
const DAY_MS = 24 * 60 * 60 * 1000;
const gateway = await sharedGateway({ settings });
const owner = openShop(gateway, keys.of('owner'));
afterAll(() => issuer.stop());

type Reference = { __typename: string; id: string };
const promoCode = (id: string): Reference => ({ __typename: 'PromoCode', id });
const coupon = (id: string): Reference => ({ __typename: 'Coupon', id });
const redemption = (id: string): Reference => ({ __typename: 'Redemption', id });

const FIELDS = `
  ... on PromoCode { code status }
  ... on Coupon { name }
  ... on Redemption { state: status customerId promotion { ... on PromoCode { code } } }`;

async function lookUp(
  on: RunningGateway,
  headers: Record<string, string>,
  representations: Reference[],
  fields = FIELDS,
): Promise<Json> {
  const query = `query ($representations: [_Any!]!) { _entities(representations: $representations) { ${fields} } }`;
  const answer = await fetch(on.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables: { representations } }),
  });
  const { data, errors = [] }: Json = await answer.json();
  return {
    status: answer.status,
    cacheControl: answer.headers.get('cache-control'),
    entities: data?._entities,
    codes: errors.map(({ extensions }: Json) => extensions.code),
    errors,
  };
}

/** The header of a new customer's token, as a browser has it. */
async function tokenOf(customer: string, scope = 'quote redeem'): Promise<Record<string, string>> {
  const exp = Math.floor(gateway.now() / 1000) + 3600;
  const claims = { sub: 'storefront', exp, scope, promotion_customer: customer };
  return { authorization: `Bearer ${await issuer.sign(claims)}` };
}

let customers = 0;
let customer: string;
beforeEach(() => {
  customer = `customer-${++customers}`;
});

describe('a promo code', () => {
  it('is shown with its status to a caller with only quote or only redeem, if it can be quoted', async () => {
    const { id, code } = await owner.createPromoCode();
    for (const caller of ['quotes', 'checkout'] as const) {
      const answer = await lookUp(gateway, keys.of(caller), [promoCode(id)]);
      expect(answer).toMatchObject({ entities: [{ code, status: 'ACTIVE' }], errors: [] });
      // What one caller sees depends on its attempts and its customer.
      expect(answer.cacheControl).toBe('no-store, max-age=0');
    }
  });

  it('keeps its redemptions and its metadata for callers with read', async () => {
    const { id } = await owner.createPromoCode();
    for (const field of ['redemptions { totalCount }', 'metadata']) {
      const answer = await lookUp(gateway, keys.of('quotes'), [promoCode(id)], `... on PromoCode { ${field} }`);
      expect(answer).toMatchObject({ status: 403, codes: ['FORBIDDEN'] });
    }
  });

  it('of one customer is shown to that customer, and to a server that may name any', async () => {
    const { id, code } = await owner.createPromoCode({ customerId: customer });
    const shown = [{ code, status: 'ACTIVE' }];
    expect(await lookUp(gateway, await tokenOf(customer), [promoCode(id)])).toMatchObject({ entities: shown });
    expect(await lookUp(gateway, keys.of('quotes'), [promoCode(id)])).toMatchObject({ entities: shown });
    expect(await lookUp(gateway, await tokenOf('another'), [promoCode(id)])).toMatchObject({ entities: [null] });
  });

  it('in an account that the key is not bound to does not exist for it', async () => {
    const own = await owner.createPromoCode({ provider: 'STRIPE_CONNECT' });
    const foreign = await owner.createPromoCode({ provider: 'DURO' });
    const answer = await lookUp(gateway, keys.of('bound'), [promoCode(own.id), promoCode(foreign.id)]);
    expect(answer).toMatchObject({ entities: [{ code: own.code }, null], errors: [] });
  });

  it('is hidden as soon as a read of its provider shows that it is used up', async () => {
    const selling = await freshGateway({ settings });
    const { id, providerId } = await openShop(selling, keys.of('owner')).createPromoCode({ maxRedemptions: 2 });
    const ask = () => lookUp(selling, keys.of('quotes'), [promoCode(id)]);
    expect(await ask()).toMatchObject({ entities: [{ status: 'ACTIVE' }] });
    selling.duro.redeem(providerId, 2);
    selling.advance(DAY_MS);
    expect(await ask()).toMatchObject({ entities: [null], errors: [] });
  });
});

describe('a coupon', () => {
  it('is shown if one of its codes can be quoted', async () => {
    const { coupon: quoted } = await owner.createPromoCode({ provider: 'STRIPE_CONNECT' });
    const alone = await owner.createCoupon({});
    const theirs = await owner.createCoupon({});
    await owner.createPromoCode({ provider: 'STRIPE_CONNECT', couponId: theirs.id, customerId: 'cus_another' });
    const references = [quoted?.id ?? '', alone.id, theirs.id].map(coupon);
    const { entities } = await lookUp(gateway, await tokenOf(customer), references);
    expect(entities).toEqual([{ name: expect.anything() }, null, null]);
  });
});

describe('a redemption', () => {
  const redeem = async (caller: 'checkout' | 'other', input: Json = {}) => {
    const { code } = await owner.createPromoCode();
    const { redemption } = payloadOf(await openShop(gateway, keys.of(caller)).redeem({ code, ...input }));
    return { code, id: redemption.id };
  };

  it('is shown to the caller that has made it, and to no other without read', async () => {
    const { id, code } = await redeem('checkout', { customerId: customer });
    const shown = { state: 'REDEEMED', customerId: customer, promotion: { code } };
    expect(await lookUp(gateway, keys.of('checkout'), [redemption(id)])).toMatchObject({ entities: [shown] });
    expect(await lookUp(gateway, keys.of('other'), [redemption(id)])).toMatchObject({ entities: [null], errors: [] });
    expect(await lookUp(gateway, keys.of('owner'), [redemption(id)])).toMatchObject({ entities: [shown] });
  });

  it('is shown to its own customer only, if the caller is bound to one', async () => {
    const { code } = await owner.createPromoCode();
    const headers = await tokenOf(customer);
    const made = payloadOf(await openShop(gateway, headers).redeem({ code }));
    const reference = redemption(made.redemption.id);
    expect(await lookUp(gateway, headers, [reference])).toMatchObject({ entities: [{ customerId: customer }] });
    expect(await lookUp(gateway, await tokenOf('another-one'), [reference])).toMatchObject({ entities: [null] });
  });

  it('needs redeem: with only quote it is an error, and the other entities are shown', async () => {
    const { id } = await redeem('checkout');
    const { id: quoted, code } = await owner.createPromoCode();
    const answer = await lookUp(gateway, keys.of('quotes'), [redemption(id), promoCode(quoted)]);
    expect(answer).toMatchObject({ status: 200, entities: [null, { code }], codes: ['FORBIDDEN'] });
    expect(answer.errors[0].path).toEqual(['_entities', 0]);
  });
});

describe('a look-up of an id that a caller may not see', () => {
  it('counts as an attempt for each id, until the limit refuses all', async () => {
    const headers = await tokenOf(customer);
    const { id, code } = await owner.createPromoCode();
    const off = await owner.createPromoCode();
    await owner.update({ id: off.id, active: false });
    const calls = gateway.callsToProviders();
    const unknown = ['one', 'two', 'three'].map(promoCode);
    const first = await lookUp(gateway, headers, [promoCode(id), promoCode(off.id), coupon('none'), promoCode(id)]);
    expect(first).toMatchObject({ entities: [{ code }, null, null, { code }], errors: [] });
    const second = await lookUp(gateway, headers, [...unknown, promoCode(id)]);
    expect(second.entities).toEqual([null, null, null, null]);
    expect(second.codes).toEqual(Array(3).fill('TOO_MANY_ATTEMPTS'));
    expect(second.errors[0].extensions).toMatchObject({ retryable: true, retryAfterSeconds: expect.any(Number) });
    expect(gateway.callsToProviders()).toBe(calls);

    const query = `query ($customerId: ID!) {
      failedAttempts(filter: { customerId: $customerId }) { nodes { code reason } }
    }` as const;
    const { failedAttempts } = await gateway.run(query, { customerId: customer }, keys.of('owner'));
    expect(failedAttempts?.nodes).toEqual([
      { code: 'one', reason: 'NOT_FOUND' },
      { code: 'none', reason: 'NOT_FOUND' },
      { code: off.id.slice(0, 100), reason: 'INACTIVE' },
    ]);
  });

  it('counts with the attempts to quote a code', async () => {
    const headers = await tokenOf(customer);
    await lookUp(gateway, headers, ['one', 'two', 'three'].map(promoCode));
    const quote = await openShop(gateway, headers).quote({ code: 'GUESSED' });
    expect(quote).toMatchObject({ refusal: { reason: 'TOO_MANY_ATTEMPTS' } });
  });

  it('does not take its own redemptions from a caller that has reached the limit', async () => {
    const { code } = await owner.createPromoCode();
    const headers = await tokenOf(customer);
    const { redemption: made } = payloadOf(await openShop(gateway, headers).redeem({ code }));
    const guesses = ['one', 'two', 'three', 'four'].map(redemption);
    const { entities, codes } = await lookUp(gateway, headers, [...guesses, redemption(made.id)]);
    expect(entities.slice(4)).toEqual([{ state: 'REDEEMED', customerId: customer, promotion: { code } }]);
    expect(codes).toEqual(['TOO_MANY_ATTEMPTS']);
  });

  it('is no attempt of a batch that shows every entity, however large', async () => {
    const ids: string[] = [];
    while (ids.length < 20) ids.push((await owner.createPromoCode()).id);
    const headers = await tokenOf(customer);
    const { entities, errors } = await lookUp(gateway, headers, ids.map(promoCode));
    expect(errors).toEqual([]);
    expect(entities).toEqual(ids.map(() => expect.objectContaining({ status: 'ACTIVE' })));
  });
});

it('a look-up that is refused is in the list of refusals, with its reason and its caller', async () => {
  const { id, code } = await owner.createPromoCode({ customerId: 'somebody-else' });
  const headers = { ...(await tokenOf(customer)), 'x-request-id': `look-up-${customer}` };
  const nobody = promotionId({ kind: 'PromoCode', provider: 'DURO', account: 'default', providerId: 'nobody' });
  const unknown = [promoCode(nobody), redemption('garbage'), redemption('one-too-many')];
  expect((await lookUp(gateway, headers, [promoCode(id), ...unknown])).entities).toEqual([null, null, null, null]);
  const list = `query ($filter: RefusalFilter) { refusals(filter: $filter) {
    nodes { operation caller requestId code promotionId reason reasonGiven } } }`;
  const { refusals }: Json = await gateway.run(list, { filter: { customerId: customer } }, keys.of('owner'));
  const hidden = { operation: 'LOOK_UP', caller: 'token:storefront', requestId: `look-up-${customer}` };
  expect(refusals.nodes.toReversed()).toMatchObject([
    { ...hidden, code, promotionId: id, reason: 'CUSTOMER_NOT_ELIGIBLE', reasonGiven: 'NOT_REDEEMABLE' },
    { ...hidden, code: null, promotionId: nobody, reason: 'NOT_FOUND', reasonGiven: 'NOT_REDEEMABLE' },
    { ...hidden, code: 'garbage', promotionId: null, reason: 'NOT_FOUND', reasonGiven: 'NOT_REDEEMABLE' },
    { ...hidden, code: 'one-too-many', promotionId: null, reason: 'TOO_MANY_ATTEMPTS' },
  ]);
});
