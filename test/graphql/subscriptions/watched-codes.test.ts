import { mkdtempDisposableSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { subscribe } from '../../http/subscriptions/subscriber.ts';
import { makeKeys } from '../../support/credentials/keys.ts';
import { startIssuer } from '../../support/credentials/token-issuer.ts';
import { sharedGateway } from '../../support/gateways.ts';
import { startProcess } from '../../support/processes/gateway-process.ts';
import { openShop } from '../../support/shop.ts';
import type { Json } from '../../support/start-gateway.ts';

const issuer = await startIssuer();
const keys = makeKeys({ owner: 'read+manage+redeem', checkout: 'quote', operator: 'operate' });
const gateway = await sharedGateway({
  settings: { ...keys.settings, ...issuer.settings, ATTEMPTS_PER_CUSTOMER: '5' },
});
afterAll(() => issuer.stop());
const owner = openShop(gateway, keys.of('owner'));

/** The header of a customer's token, as a browser has it. */
async function tokenOf(customer: string): Promise<Record<string, string>> {
  const exp = Math.floor(gateway.now() / 1000) + 3600;
  const claims = { sub: 'storefront', exp, scope: 'quote', promotion_customer: customer };
  return { authorization: `Bearer ${await issuer.sign(claims)}` };
}

function watch(id: string, headers: Record<string, string>, fields = 'status remaining') {
  const query = `subscription ($id: ID!) { promoCodeChanged(id: $id) { ${fields} } }`;
  return subscribe(gateway.url, query, { variables: { id }, headers });
}

/** The error of a watch that does not begin. */
async function refusalOf(id: string, headers: Record<string, string>): Promise<Json> {
  const subscriber = await watch(id, headers);
  const event = await subscriber.next();
  expect(await subscriber.next()).toBe('complete');
  return event.errors?.[0]?.extensions;
}

const changed = (remaining: number) => ({ data: { promoCodeChanged: { status: 'ACTIVE', remaining } } });

describe('a customer with a token that may only quote', () => {
  it('watches how many uses are left of a code that it can quote, until there are none', async () => {
    const { id } = await owner.createPromoCode({ code: 'SEEN', maxRedemptions: 2 });
    const subscriber = await watch(id, await tokenOf('anna'));
    await owner.redeem({ code: 'SEEN' });
    expect(await subscriber.next()).toEqual(changed(1));
    await owner.redeem({ code: 'SEEN' });
    expect(await subscriber.next()).toMatchObject({ errors: [{ extensions: { code: 'NOT_REDEEMABLE' } }] });
    expect(await subscriber.next()).toBe('complete');
  });

  it('watches its own code, and no other customer does', async () => {
    const { id } = await owner.createPromoCode({ code: 'ANNAS', customerId: 'anna', maxRedemptions: 5 });
    const subscriber = await watch(id, await tokenOf('anna'));
    expect(await refusalOf(id, await tokenOf('bert'))).toMatchObject({ code: 'NOT_REDEEMABLE' });
    await owner.redeem({ code: 'ANNAS', customerId: 'anna' });
    expect(await subscriber.next()).toEqual(changed(4));
    subscriber.leave();
  });

  it('gets one answer for every id that it cannot quote, and has as many attempts as a guesser', async () => {
    const off = await owner.createPromoCode({ code: 'OFF' });
    await owner.update({ id: off.id, active: false });
    const late = await owner.createPromoCode({ code: 'LATE', startsAt: owner.inSeconds(60) });
    const theirs = await owner.createPromoCode({ code: 'THEIRS', customerId: 'anna' });
    const coupon = await owner.createCoupon({});
    const calls = gateway.callsToProviders();
    const token = await tokenOf('guesser');
    const refused = { code: 'NOT_REDEEMABLE', retryable: false };
    for (const id of [off.id, late.id, theirs.id, coupon.id, 'unknown']) {
      expect(await refusalOf(id, token)).toEqual(refused);
    }
    const limited = { code: 'TOO_MANY_ATTEMPTS', retryable: true, retryAfterSeconds: expect.any(Number) };
    expect(await refusalOf('unknown', token)).toEqual(limited);
    expect(gateway.callsToProviders()).toBe(calls);
  });

  it('learns nothing of the text of a hidden code from what counts as typing', async () => {
    const off = await owner.createPromoCode({ code: 'WITHHELD' });
    await owner.update({ id: off.id, active: false });
    const token = await tokenOf('typist');
    await refusalOf(off.id, token);
    const shop = openShop(gateway, token);
    // Five attempts: the watch and four guesses, of which one is right.
    for (const code of ['WITHHELD', 'GUESS-A', 'GUESS-B', 'GUESS-C']) await shop.quote({ code });
    expect(await shop.quote({ code: 'GUESS-D' })).toMatchObject({ refusal: { reason: 'TOO_MANY_ATTEMPTS' } });
  });

  it('does not see the uses of the code', async () => {
    const { id } = await owner.createPromoCode({ code: 'PRIVATE' });
    const subscriber = await watch(id, await tokenOf('anna'), 'redemptions { totalCount }');
    expect(subscriber.status).toBe(403);
  });
});

it('a server that may quote for any customer watches the codes of all of them', async () => {
  const { id } = await owner.createPromoCode({ code: 'ANY', customerId: 'anna', maxRedemptions: 5 });
  const subscriber = await watch(id, keys.of('checkout'));
  await owner.redeem({ code: 'ANY', customerId: 'anna' });
  expect(await subscriber.next()).toEqual(changed(4));
  subscriber.leave();
});

describe('a caller that may read', () => {
  it('gets an error for an id that no promo code has', async () => {
    const coupon = await owner.createCoupon({});
    for (const id of ['unknown', coupon.id]) {
      expect(await refusalOf(id, keys.of('owner'))).toEqual({ code: 'NOT_FOUND', retryable: false });
    }
  });

  it('watches a code that only its provider knows so far', async () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'promo-gateway-'));
    const own = { DATABASE_URL: join(folder.path, 'own.db') };
    const elsewhere = await startProcess({ ...gateway.variables, ...own });
    const { id } = await openShop({ ...gateway, run: elsewhere.run }, keys.of('owner')).createPromoCode({
      code: 'THERE',
    });
    await elsewhere.end('SIGTERM');
    const subscriber = await watch(id, keys.of('owner'));
    await owner.update({ id, active: false });
    expect(await subscriber.next()).toMatchObject({ data: { promoCodeChanged: { status: 'INACTIVE' } } });
    subscriber.leave();
  });
});

it('a watch that is refused is in the list of refusals', async () => {
  const headers = await tokenOf('watcher');
  await refusalOf('garbage', headers);
  const list = '{ refusals(filter: { customerId: "watcher" }) { nodes { operation caller code reason reasonGiven } } }';
  const { refusals } = await gateway.run(list, {}, keys.of('operator'));
  expect(refusals?.nodes).toEqual([
    {
      operation: 'WATCH',
      caller: 'token:storefront',
      code: 'garbage',
      reason: 'NOT_FOUND',
      reasonGiven: 'NOT_REDEEMABLE',
    },
  ]);
});
