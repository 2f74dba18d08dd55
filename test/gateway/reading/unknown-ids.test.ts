import { beforeEach, describe, expect, it } from 'vitest';
import { promotionId } from '../../../src/domain/promotion/identity.ts';
import type { ProviderName } from '../../../src/domain/promotion/promotion.ts';
import { duroClient, idOf as providerIdOf } from '../../simulators/client.ts';
import { makeKeys } from '../../support/credentials/keys.ts';
import { freshGateway } from '../../support/gateways.ts';
import type { Json, RunningGateway } from '../../support/start-gateway.ts';

const HOUR = 3_600_000;
const SCOPES = { one: 'read', other: 'read', owner: 'manage' };
const keys = makeKeys(SCOPES);
let gateway: RunningGateway;
beforeEach(async () => {
  gateway = await freshGateway({ settings: keys.settings });
});

const idOf = (
  providerId: string,
  provider: ProviderName = 'DURO',
  account = 'default',
  kind: 'PromoCode' | 'Coupon' = 'PromoCode',
) => promotionId({ kind, provider, account, providerId });
type Caller = keyof typeof SCOPES;
const ask = (query: string, variables: Json, caller: Caller = 'one') => gateway.run(query, variables, keys.of(caller));

/** The number of calls that some work causes. */
async function callsOf(asking: () => Promise<unknown>): Promise<number> {
  const before = gateway.callsToProviders();
  await asking();
  return gateway.callsToProviders() - before;
}

const id = idOf('gone');
const flexpriceId = idOf('gone', 'FLEXPRICE', 'default', 'Coupon');
type Reads = Record<string, (caller: Caller) => Promise<unknown>>;
const PROMO_CODE_READS: Reads = {
  promoCode: (caller) => ask('query ($id: ID!) { promoCode(id: $id) { id } }', { id }, caller),
  promoCodeByProviderId: (caller) =>
    ask('{ promoCodeByProviderId(provider: DURO, providerId: "gone") { id } }', {}, caller),
  node: (caller) => ask('query ($id: ID!) { node(id: $id) { id } }', { id }, caller),
  nodes: (caller) => ask('query ($id: ID!) { nodes(ids: [$id, $id]) { id } }', { id }, caller),
  _entities: (caller) =>
    ask(
      'query ($of: [_Any!]!) { _entities(representations: $of) { __typename } }',
      { of: [{ __typename: 'PromoCode', id }] },
      caller,
    ),
};
const COUPON_READS: Reads = {
  coupon: (caller) => ask('query ($id: ID!) { coupon(id: $id) { id } }', { id: flexpriceId }, caller),
  couponByProviderId: (caller) =>
    ask('{ couponByProviderId(provider: FLEXPRICE, providerId: "gone") { id } }', {}, caller),
};
const READS = [PROMO_CODE_READS, COUPON_READS].flatMap((reads) =>
  Object.entries(reads).map(([name, read]) => ({ name, read, reads })),
);
const couponOfStripe = idOf('gone', 'STRIPE_CONNECT', 'acct_one', 'Coupon');
const CREATION = '{ provider: STRIPE_CONNECT, account: "acct_one", code: "NEW", couponId: $id, idempotencyKey: $key }';
const WRITES: [string, string, string][] = [
  ['redeemCoupon', flexpriceId, '{ couponId: $id, idempotencyKey: $key }'],
  ['updateCoupon', flexpriceId, '{ id: $id, name: "New", idempotencyKey: $key }'],
  ['archiveCoupon', flexpriceId, '{ id: $id, idempotencyKey: $key }'],
  ['updatePromoCode', idOf('gone', 'FLEXPRICE'), '{ id: $id, active: false, idempotencyKey: $key }'],
  ['createPromoCode', couponOfStripe, CREATION],
];
const fresh = () => ask('query ($id: ID!) { promoCode(id: $id, policy: FRESH) { id } }', { id });

describe('an id that its provider does not know', () => {
  it.each(READS)('causes one call per maximum age in $name, for all callers and reads together', async (one) => {
    const calls = await callsOf(() => one.read('one'));
    expect(calls).toBeGreaterThan(0);
    for (const read of Object.values(one.reads)) expect(await callsOf(() => read('other'))).toBe(0);
    gateway.advance(HOUR);
    expect(await callsOf(() => one.read('one'))).toBe(calls);
  });

  it.each(WRITES)('causes one call per maximum age in %s', async (mutation, named, input) => {
    const keyOf = (tries: number) => ({ id: named, key: `${mutation} ${tries}` });
    const query = `mutation ($id: ID!, $key: String!) { ${mutation}(input: ${input}) { __typename } }`;
    const calls = await callsOf(() => ask(query, keyOf(0), 'owner'));
    expect(calls).toBeGreaterThan(0);
    expect(await callsOf(() => ask(query, keyOf(1), 'owner'))).toBe(0);
    gateway.advance(HOUR);
    expect(await callsOf(() => ask(query, keyOf(2), 'owner'))).toBe(calls);
  });

  it('causes a call for each read with the policy FRESH', async () => {
    expect(await callsOf(fresh)).toBe(1);
    expect(await callsOf(fresh)).toBe(1);
    expect(await callsOf(() => ask('query ($id: ID!) { node(id: $id) { id } }', { id }, 'other'))).toBe(0);
  });

  it('causes another call after the provider was unavailable', async () => {
    gateway.duro.fail({ kind: 'answer', status: 503 });
    const query = 'query ($id: ID!) { promoCode(id: $id) { id } }';
    expect((await gateway.send(query, { id }, keys.of('one'))).errors).toHaveLength(1);
    expect(await callsOf(() => ask(query, { id }))).toBe(1);
  });

  it('can still be known in another account', async () => {
    const [first, second] = ['acct_one', 'acct_two'].map((account) =>
      idOf('gone', 'STRIPE_CONNECT', account, 'Coupon'),
    );
    const query = 'query ($id: ID!) { coupon(id: $id) { id } }';
    expect(await callsOf(() => ask(query, { id: first }))).toBeGreaterThan(0);
    expect(await callsOf(() => ask(query, { id: first }))).toBe(0);
    expect(await callsOf(() => ask(query, { id: second }))).toBeGreaterThan(0);
  });

  it('is shown as soon as its object is stored', async () => {
    const made = await duroClient(gateway.duro)(
      'POST',
      '/v1/promo-codes',
      { code: 'LATER', discountType: 'percentage', discountValue: 10, duration: 'once' },
      { 'idempotency-key': 'later' },
    );
    const later = idOf(providerIdOf(made));
    // The code did not exist at the previous read.
    gateway.duro.fail({
      kind: 'answer',
      status: 404,
      body: { ok: false, error: { code: 'not_found', message: 'No' } },
    });
    const query = 'query ($id: ID!) { promoCode(id: $id) { code } }';
    expect(await ask(query, { id: later })).toEqual({ promoCode: null });
    expect(await ask(query, { id: later })).toEqual({ promoCode: null });
    expect(await ask('query ($id: ID!) { promoCode(id: $id, policy: FRESH) { code } }', { id: later })).toEqual({
      promoCode: { code: 'LATER' },
    });
    expect(await ask(query, { id: later })).toEqual({ promoCode: { code: 'LATER' } });
  });
});
