import { describe, expect, it } from 'vitest';
import { sharedGateway } from '../../support/gateways.ts';
import { payloadOf } from '../../support/mutations.ts';
import { openShop } from '../../support/shop.ts';

const gateway = await sharedGateway();
const shop = openShop(gateway);

describe('a read', () => {
  it('finds a promo code by id, code, provider id and node, and gives null for unknown ones', async () => {
    const { promoCode } = payloadOf(await shop.tryCreatePromoCode({ provider: 'DURO', code: 'FINDME' }));
    const { id, providerId } = promoCode;
    const data = await gateway.run(
      `query ($id: ID!, $providerId: ID!) {
        byId: promoCode(id: $id) { id }
        byCode: promoCodeByCode(code: " findme ") { id }
        byProviderId: promoCodeByProviderId(provider: DURO, providerId: $providerId) { id }
        node(id: $id) { __typename id }
        nodes(ids: ["garbage", $id]) { id }
        noId: promoCode(id: "garbage") { id }
        noCode: promoCodeByCode(code: "NOWHERE") { id }
        noProviderId: promoCodeByProviderId(provider: FLEXPRICE, providerId: "coupon_0") { id }
        asCoupon: coupon(id: $id) { id }
      }`,
      { id, providerId },
    );
    expect(data).toEqual({
      byId: { id },
      byCode: { id },
      byProviderId: { id },
      node: { __typename: 'PromoCode', id },
      nodes: [null, { id }],
      noId: null,
      noCode: null,
      noProviderId: null,
      asCoupon: null,
    });
  });

  it('by code finds a promo code that was created at Flexprice itself', async () => {
    const made = await fetch(`${gateway.flexprice.url}/coupons`, {
      method: 'POST',
      headers: { 'x-api-key': gateway.flexprice.apiKey },
      body: JSON.stringify({
        name: 'Elsewhere',
        type: 'percentage',
        percentage_off: '5',
        cadence: 'once',
        coupon_code: 'ELSE',
      }),
    });
    const { id: providerId } = JSON.parse(await made.text());
    const { promoCodeByCode } = await gateway.run('{ promoCodeByCode(code: "Else") { providerId code } }');
    expect(promoCodeByCode).toEqual({ providerId, code: 'else' });
  });

  it('calls the provider once per maximum age, and with the policy FRESH each time', async () => {
    const { promoCode } = payloadOf(await shop.tryCreatePromoCode({ provider: 'DURO' }));
    const read = async (policy: string) => {
      const before = gateway.duro.calls.length;
      await gateway.run(`query ($id: ID!) { promoCode(id: $id, policy: ${policy}) { id } }`, { id: promoCode.id });
      return gateway.duro.calls.length - before;
    };
    expect(await read('CACHED')).toBe(0);
    expect(await read('FRESH')).toBe(1);
    gateway.advance(600_000);
    expect(await read('CACHE_ONLY')).toBe(0);
    expect(await read('CACHED')).toBe(1);
    expect(await read('CACHED')).toBe(0);
  });
});

describe('an object that was created at the provider itself', () => {
  it('is found by its Duro id, and by its code afterwards', async () => {
    const made = await fetch(`${gateway.duro.url}/v1/promo-codes`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.duro.apiKey}` },
      body: JSON.stringify({
        code: 'DASHBOARD',
        discountType: 'percentage',
        discountValue: 15,
        duration: 'repeating',
        durationCycles: 2,
      }),
    });
    const { id: providerId } = JSON.parse(await made.text());
    expect(await gateway.run('{ promoCodeByCode(code: "DASHBOARD") { id } }')).toEqual({ promoCodeByCode: null });
    const query =
      'query ($id: ID!) { promoCodeByProviderId(provider: DURO, providerId: $id) { code duration { kind count } } }';
    expect(await gateway.run(query, { id: providerId })).toEqual({
      promoCodeByProviderId: { code: 'DASHBOARD', duration: { kind: 'REPEATING', count: null } },
    });
    expect(await gateway.run('{ promoCodeByCode(code: "dashboard") { code } }')).toEqual({
      promoCodeByCode: { code: 'DASHBOARD' },
    });
  });

  it.each(['FLEXPRICE', 'STRIPE_CONNECT'])('is found by its id if it is a coupon of %s', async (provider) => {
    const isFlexprice = provider === 'FLEXPRICE';
    const { url, apiKey } = isFlexprice ? gateway.flexprice : gateway.chatdash;
    const made = await fetch(`${url}${isFlexprice ? '/coupons' : '/stripe/connect/accounts/acct_one/coupons'}`, {
      method: 'POST',
      headers: isFlexprice ? { 'x-api-key': apiKey } : { authorization: apiKey },
      body: JSON.stringify(
        isFlexprice
          ? { name: 'Theirs', type: 'fixed', amount_off: '12.50', currency: 'USD', cadence: 'once' }
          : { data: { name: 'Theirs', amount_off: 1250, currency: 'usd', duration: 'once' } },
      ),
    });
    const { id: providerId } = JSON.parse(await made.text());
    const query = `query ($id: ID!) {
      couponByProviderId(provider: ${provider}, providerId: $id) {
        name discount { ... on FixedDiscount { amount { minorUnits currency } } }
      }
    }`;
    expect(await gateway.run(query, { id: providerId })).toEqual({
      couponByProviderId: { name: 'Theirs', discount: { amount: { minorUnits: 1250, currency: 'USD' } } },
    });
  });

  it('is inactive once it is deleted there, and its code is free', async () => {
    const { promoCode } = payloadOf(await shop.tryCreatePromoCode({ provider: 'FLEXPRICE', code: 'GOING' }));
    await fetch(`${gateway.flexprice.url}/coupons/${promoCode.providerId}`, {
      method: 'DELETE',
      headers: { 'x-api-key': gateway.flexprice.apiKey },
    });
    const read = await gateway.run('query ($id: ID!) { promoCode(id: $id, policy: FRESH) { status } }', {
      id: promoCode.id,
    });
    expect(read.promoCode?.status).toBe('INACTIVE');
    expect(await shop.tryCreatePromoCode({ provider: 'FLEXPRICE', code: 'GOING' })).toMatchObject({
      __typename: 'CreatePromoCodePayload',
    });
    const { promoCodeByCode, promoCodes } = await gateway.run(
      '{ promoCodeByCode(code: "going") { status } promoCodes(filter: { code: "GOING" }) { totalCount } }',
    );
    expect(promoCodeByCode?.status).toBe('ACTIVE');
    expect(promoCodes?.totalCount).toBe(2);
  });
});
