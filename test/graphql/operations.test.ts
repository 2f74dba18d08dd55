import { describe, expect, it } from 'vitest';
import { sharedGateway } from '../support/gateways.ts';
import type { Json } from '../support/start-gateway.ts';

const gateway = await sharedGateway();

const PROMO_CODE = `id provider account providerId code status maxRedemptions perCustomerLimit remaining customerId planId
  firstTransactionOnly minimumOrder { amount currency } startsAt expiresAt metadata gatewayRules
  discount { ... on PercentageDiscount { percentage } ... on FixedDiscount { amount { minorUnits currency } } }
  duration { kind count unit } freshness { asOf stale } coupon { id name }`;
const OTHER = `... on PromotionError { message } ... on UnsupportedByProviderError { fields provider }
  ... on PromotionInputError { issues { path message } }`;

async function createPromoCode(input: Record<string, unknown>): Promise<Json> {
  const query = `mutation ($input: CreatePromoCodeInput!) {
    createPromoCode(input: $input) { __typename ... on CreatePromoCodePayload { replayed promoCode { ${PROMO_CODE} } } ${OTHER} }
  }`;
  return (await gateway.run(query, { input })).createPromoCode;
}
async function createCoupon(input: Record<string, unknown>): Promise<Json> {
  const query = `mutation ($input: CreateCouponInput!) {
    createCoupon(input: $input) {
      __typename
      ... on CreateCouponPayload { replayed coupon { id name status providerId maxRedemptions expiresAt metadata gatewayRules duration { kind count unit } } }
      ${OTHER}
    }
  }`;
  return (await gateway.run(query, { input })).createCoupon;
}
async function update(name: 'updatePromoCode' | 'updateCoupon' | 'archiveCoupon', input: Json): Promise<Json> {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}`;
  const shown = name === 'updatePromoCode' ? `promoCode { ${PROMO_CODE} }` : 'coupon { id name status metadata }';
  const query = `mutation ($input: ${type}Input!) {
    ${name}(input: $input) { __typename ... on ${type}Payload { replayed ${shown} } ${OTHER} }
  }`;
  return (await gateway.run(query, { input }))[name];
}
const inDays = (days: number) => new Date(gateway.now() + days * 86_400_000).toISOString();
const percentage = { percentage: '25' };

describe('a promo code is made', () => {
  it('on Duro, with the terms on the code itself', async () => {
    const expiresAt = inDays(30);
    const made = await createPromoCode({
      provider: 'DURO',
      code: 'DuroFixed',
      discount: { amount: { minorUnits: 50_000, currency: 'NGN' } },
      duration: { kind: 'REPEATING', count: 3 },
      planId: 'plan_1',
      maxRedemptions: 10,
      expiresAt,
      metadata: { team: 'growth' },
    });
    expect(made.promoCode).toMatchObject({
      code: 'DuroFixed',
      account: 'default',
      status: 'ACTIVE',
      discount: { amount: { minorUnits: 50_000, currency: 'NGN' } },
      duration: { kind: 'REPEATING', count: 3, unit: 'BILLING_PERIOD' },
      planId: 'plan_1',
      maxRedemptions: 10,
      remaining: 10,
      expiresAt,
      metadata: { team: 'growth' },
      gatewayRules: [],
      coupon: null,
      freshness: { stale: false },
    });
    // Duro's answers leave out the plan and the count of cycles: what was sent stays known after a new read.
    const { promoCode } = await gateway.run(
      `query ($id: ID!) { promoCode(id: $id, policy: FRESH) { ${PROMO_CODE} } }`,
      {
        id: made.promoCode.id,
      },
    );
    expect(promoCode).toEqual(made.promoCode);
  });

  it('on Flexprice, with fractions of a percent and a start date', async () => {
    const startsAt = inDays(1);
    const { promoCode } = await createPromoCode({
      provider: 'FLEXPRICE',
      code: 'FlexStart',
      discount: { percentage: '33.3333' },
      duration: { kind: 'FOREVER' },
      startsAt,
      metadata: { team: 'growth' },
    });
    expect(promoCode).toMatchObject({
      code: 'flexstart',
      status: 'SCHEDULED',
      discount: { percentage: '33.3333' },
      duration: { kind: 'FOREVER', count: null, unit: null },
      startsAt,
      metadata: { team: 'growth' },
    });
  });

  it('on Stripe Connect, with a coupon of its own made first', async () => {
    const { promoCode } = await createPromoCode({
      provider: 'STRIPE_CONNECT',
      account: 'acct_two',
      code: 'OWN-TERMS',
      discount: { amount: { minorUnits: 1000, currency: 'USD' } },
      duration: { kind: 'REPEATING', count: 2, unit: 'MONTH' },
      customerId: 'cus_1',
      firstTransactionOnly: true,
      minimumOrder: { minorUnits: 5000, currency: 'USD' },
      perCustomerLimit: 1,
    });
    expect(promoCode).toMatchObject({
      account: 'acct_two',
      discount: { amount: { minorUnits: 1000, currency: 'USD' } },
      duration: { kind: 'REPEATING', count: 2, unit: 'MONTH' },
      customerId: 'cus_1',
      firstTransactionOnly: true,
      minimumOrder: { amount: '50.00', currency: 'USD' },
      perCustomerLimit: 1,
      gatewayRules: ['PER_CUSTOMER_LIMIT'],
      coupon: { name: 'OWN-TERMS' },
    });
  });

  it.each(['DURO', 'FLEXPRICE', 'STRIPE_CONNECT'])('on %s without a code, with one of ours', async (provider) => {
    const { promoCode } = await createPromoCode({ provider, discount: percentage });
    expect(promoCode.code).toMatch(/^[A-Za-z0-9]{12}$/);
  });

  it.each(['DURO', 'FLEXPRICE', 'STRIPE_CONNECT'])('on %s once under an idempotency key', async (provider) => {
    const input = {
      provider,
      discount: percentage,
      code: `ONCE-${provider.length}`,
      idempotencyKey: `once-${provider}`,
    };
    const first = await createPromoCode(input);
    const calls = gateway.callsToProviders();
    expect(await createPromoCode(input)).toMatchObject({ replayed: true, promoCode: { id: first.promoCode.id } });
    expect(gateway.callsToProviders()).toBe(calls);
    expect(await createPromoCode({ ...input, maxRedemptions: 1 })).toMatchObject({
      __typename: 'IdempotencyConflictError',
    });
  });

  it.each(['DURO', 'FLEXPRICE', 'STRIPE_CONNECT'])('on %s not twice with one spelling', async (provider) => {
    const code = `Taken-${provider.length}`;
    await createPromoCode({ provider, discount: percentage, code });
    expect(await createPromoCode({ provider, discount: percentage, code: code.toUpperCase() })).toMatchObject({
      __typename: 'PromotionConflictError',
    });
  });
});

describe('what a provider cannot carry', () => {
  it.each([
    ['DURO', { discount: { percentage: '12.5' } }, ['discount.percentage']],
    ['DURO', { discount: { amount: { minorUnits: 1, currency: 'USD' } } }, ['discount.amount']],
    ['DURO', { discount: percentage, startsAt: '2100-01-01T00:00:00Z' }, ['startsAt']],
    [
      'DURO',
      { discount: percentage, customerId: 'c', firstTransactionOnly: true },
      ['customerId', 'firstTransactionOnly'],
    ],
    ['DURO', { discount: percentage, duration: { kind: 'REPEATING', count: 1, unit: 'MONTH' } }, ['duration.unit']],
    ['FLEXPRICE', { discount: percentage, planId: 'p', code: 'a/b' }, ['code', 'planId']],
    ['STRIPE_CONNECT', { discount: percentage, startsAt: '2100-01-01T00:00:00Z', planId: 'p' }, ['startsAt', 'planId']],
    ['STRIPE_CONNECT', { discount: { amount: { minorUnits: 100, currency: 'UGX' } } }, ['discount.amount']],
    ['STRIPE_CONNECT', { discount: percentage, code: 'no blanks' }, ['code']],
  ])('%s: %j is refused before anything is sent', async (provider, input, fields) => {
    const calls = gateway.callsToProviders();
    expect(await createPromoCode({ provider, ...input })).toMatchObject({
      __typename: 'UnsupportedByProviderError',
      provider,
      fields,
    });
    expect(gateway.callsToProviders()).toBe(calls);
  });

  it('a Flexprice code takes no coupon, and Duro has none', async () => {
    const { coupon } = await createCoupon({ provider: 'FLEXPRICE', name: 'Ten', discount: percentage });
    expect(await createPromoCode({ provider: 'FLEXPRICE', couponId: coupon.id })).toMatchObject({
      fields: ['couponId'],
    });
    expect(await createCoupon({ provider: 'DURO', name: 'Ten', discount: percentage })).toMatchObject({
      __typename: 'UnsupportedByProviderError',
      fields: ['provider'],
    });
  });

  it('becomes a rule of the gateway where the caller allows it', async () => {
    const startsAt = inDays(1);
    const { promoCode } = await createPromoCode({
      provider: 'DURO',
      discount: percentage,
      startsAt,
      customerId: 'cus_1',
      minimumOrder: { minorUnits: 100, currency: 'NGN' },
      allowGatewayRules: true,
    });
    expect(promoCode).toMatchObject({
      status: 'SCHEDULED',
      startsAt,
      customerId: 'cus_1',
      gatewayRules: ['STARTS_AT', 'CUSTOMER', 'MINIMUM_ORDER'],
    });
    const redeem = `mutation ($code: String!) {
      redeemPromoCode(input: { code: $code, idempotencyKey: "too-early" }) { ... on RedemptionRefusedError { reason } }
    }`;
    expect(await gateway.run(redeem, { code: promoCode.code })).toEqual({ redeemPromoCode: { reason: 'NOT_STARTED' } });
  });
});

describe('a promo code is changed', () => {
  it('at Duro, where it is switched off and on, limited and dated, and null clears', async () => {
    const { promoCode } = await createPromoCode({ provider: 'DURO', discount: percentage, maxRedemptions: 5 });
    const expiresAt = inDays(9);
    expect(
      await update('updatePromoCode', { id: promoCode.id, active: false, maxRedemptions: 7, expiresAt }),
    ).toMatchObject({
      promoCode: { status: 'INACTIVE', maxRedemptions: 7, expiresAt, gatewayRules: [] },
    });
    expect(
      await update('updatePromoCode', { id: promoCode.id, active: true, maxRedemptions: null, expiresAt: null }),
    ).toMatchObject({ promoCode: { status: 'ACTIVE', maxRedemptions: null, remaining: null, expiresAt: null } });
  });

  it('elsewhere by a rule of the gateway, which only narrows', async () => {
    const { promoCode } = await createPromoCode({ provider: 'FLEXPRICE', discount: percentage, maxRedemptions: 5 });
    const change = { id: promoCode.id, active: false, maxRedemptions: 3 };
    expect(await update('updatePromoCode', change)).toMatchObject({ fields: ['active', 'maxRedemptions'] });
    expect(await update('updatePromoCode', { ...change, allowGatewayRules: true })).toMatchObject({
      promoCode: { status: 'INACTIVE', maxRedemptions: 3, gatewayRules: ['MAX_REDEMPTIONS', 'SWITCHED_OFF'] },
    });
    expect(await update('updatePromoCode', { id: promoCode.id, active: true })).toMatchObject({
      promoCode: { status: 'ACTIVE', gatewayRules: ['MAX_REDEMPTIONS'] },
    });
    const wider = { id: promoCode.id, maxRedemptions: 6, allowGatewayRules: true };
    expect(await update('updatePromoCode', wider)).toMatchObject({ fields: ['maxRedemptions'] });
  });

  it('not when nothing is to change, nor when there is none', async () => {
    const { promoCode } = await createPromoCode({ provider: 'DURO', discount: percentage });
    expect(await update('updatePromoCode', { id: promoCode.id })).toMatchObject({ issues: [{ path: ['input'] }] });
    expect(await update('updatePromoCode', { id: 'nothing', active: false })).toMatchObject({
      __typename: 'PromotionNotFoundError',
    });
  });
});

describe('a coupon', () => {
  it('is made, renamed and archived at Flexprice', async () => {
    const { coupon } = await createCoupon({
      provider: 'FLEXPRICE',
      name: 'Spring',
      discount: percentage,
      maxRedemptions: 9,
      metadata: { team: 'growth' },
    });
    expect(coupon).toMatchObject({ name: 'Spring', status: 'ACTIVE', maxRedemptions: 9, metadata: { team: 'growth' } });
    expect(await update('updateCoupon', { id: coupon.id, name: 'Summer', metadata: { team: 'sales' } })).toMatchObject({
      coupon: { name: 'Summer', metadata: { team: 'sales' } },
    });
    expect(await update('archiveCoupon', { id: coupon.id, idempotencyKey: 'archive' })).toMatchObject({
      replayed: false,
      coupon: { status: 'INACTIVE' },
    });
    expect(await update('archiveCoupon', { id: coupon.id, idempotencyKey: 'archive' })).toMatchObject({
      replayed: true,
    });
    const { promoCodes } = await gateway.run(`{ promoCodes(filter: { codePrefix: "coupon-" }) { totalCount } }`);
    expect(promoCodes.totalCount).toBe(0);
  });

  it('is made and renamed at Stripe Connect, whose metadata the gateway keeps, and cannot be archived there', async () => {
    const { coupon } = await createCoupon({
      provider: 'STRIPE_CONNECT',
      name: 'Spring',
      discount: percentage,
      duration: { kind: 'REPEATING', count: 6 },
      metadata: { team: 'growth' },
    });
    expect(coupon).toMatchObject({ metadata: { team: 'growth' }, duration: { count: 6, unit: 'MONTH' } });
    expect(await update('updateCoupon', { id: coupon.id, name: 'Summer', metadata: null })).toMatchObject({
      coupon: { name: 'Summer', metadata: null },
    });
    expect(await update('archiveCoupon', { id: coupon.id })).toMatchObject({ fields: ['id'] });
  });

  it('that is not there, or of another account, makes no promo code', async () => {
    const { coupon } = await createCoupon({ provider: 'STRIPE_CONNECT', name: 'One', discount: percentage });
    expect(await createPromoCode({ provider: 'STRIPE_CONNECT', couponId: 'nothing' })).toMatchObject({
      __typename: 'PromotionNotFoundError',
    });
    expect(
      await createPromoCode({ provider: 'STRIPE_CONNECT', account: 'acct_two', couponId: coupon.id }),
    ).toMatchObject({
      issues: [{ path: ['input', 'couponId'] }],
    });
  });
});

describe('reading', () => {
  it('finds by id, by code, by provider id, by node, and null for what is not there', async () => {
    const { promoCode } = await createPromoCode({ provider: 'DURO', discount: percentage, code: 'FINDME' });
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

  it('takes in what was made at the provider itself', async () => {
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

  it('asks a provider once while what is held is fresh, and again when told to', async () => {
    const { promoCode } = await createPromoCode({ provider: 'DURO', discount: percentage });
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

describe('what was made at the provider itself', () => {
  it('is taken in by its id at Duro', async () => {
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

  it.each(['FLEXPRICE', 'STRIPE_CONNECT'])('a coupon of %s is found by its id', async (provider) => {
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

  it('is shown as inactive once it has gone', async () => {
    const { promoCode } = await createPromoCode({ provider: 'FLEXPRICE', discount: percentage, code: 'GOING' });
    await fetch(`${gateway.flexprice.url}/coupons/${promoCode.providerId}`, {
      method: 'DELETE',
      headers: { 'x-api-key': gateway.flexprice.apiKey },
    });
    const read = await gateway.run('query ($id: ID!) { promoCode(id: $id, policy: FRESH) { status } }', {
      id: promoCode.id,
    });
    expect(read.promoCode.status).toBe('INACTIVE');
    expect(await createPromoCode({ provider: 'FLEXPRICE', discount: percentage, code: 'GOING' })).toMatchObject({
      __typename: 'CreatePromoCodePayload',
    });
    const { promoCodeByCode, promoCodes } = await gateway.run(
      '{ promoCodeByCode(code: "going") { status } promoCodes(filter: { code: "GOING" }) { totalCount } }',
    );
    expect(promoCodeByCode.status).toBe('ACTIVE');
    expect(promoCodes.totalCount).toBe(2);
  });
});

it('redemptions are found by id, and listed by promotion, customer, order and state', async () => {
  const { promoCode } = await createPromoCode({ provider: 'DURO', discount: percentage });
  const redeem = async (customerId: string, orderId: string) =>
    (
      await gateway.run(
        `mutation ($input: RedeemPromoCodeInput!) {
          redeemPromoCode(input: $input) { ... on RedeemPayload { redemption { id } } }
        }`,
        { input: { code: promoCode.code, customerId, order: { id: orderId }, idempotencyKey: `list-${orderId}` } },
      )
    ).redeemPromoCode.redemption.id;
  const first = await redeem('cus_a', 'list-1');
  const second = await redeem('cus_b', 'list-2');
  const list = async (filter: string) =>
    (await gateway.run(`{ redemptions(filter: { ${filter} }) { nodes { id } } }`)).redemptions.nodes.map(
      ({ id }: Json) => id,
    );
  expect(await list(`promotionId: "${promoCode.id}"`)).toEqual([second, first]);
  expect(await list('customerId: "cus_a", status: [REDEEMED]')).toEqual([first]);
  expect(await list('orderId: "list-2"')).toEqual([second]);
  expect(await list(`promotionId: "${promoCode.id}", status: [CANCELLED, HELD]`)).toEqual([]);
  const data = await gateway.run(
    `query ($id: ID!) {
      redemption(id: $id) { customerId orderId promotion { id ... on PromoCode { code } } }
      node(id: $id) { __typename }
      garbage: redemption(id: "garbage") { id }
    }`,
    { id: first },
  );
  expect(data).toEqual({
    redemption: { customerId: 'cus_a', orderId: 'list-1', promotion: { id: promoCode.id, code: promoCode.code } },
    node: { __typename: 'Redemption' },
    garbage: null,
  });
});

it('providers tell what they offer', async () => {
  const { providers } = await gateway.run(
    '{ providers { provider state inDoubt accounts { account mode } operations } }',
  );
  expect(providers).toMatchObject([
    {
      provider: 'DURO',
      state: 'UP',
      inDoubt: 0,
      accounts: [{ account: 'default', mode: 'TEST' }],
      operations: ['CREATE_PROMO_CODE', 'READ_PROMO_CODE', 'UPDATE_PROMO_CODE'],
    },
    { provider: 'FLEXPRICE' },
    {
      provider: 'STRIPE_CONNECT',
      accounts: [{ account: 'acct_one' }, { account: 'acct_two' }],
      operations: ['CREATE_PROMO_CODE', 'LIST_PROMO_CODES', 'CREATE_COUPON', 'LIST_COUPONS', 'UPDATE_COUPON'],
    },
  ]);
});

describe('as a subgraph', () => {
  it('entities are found by id, and what is not there is null in its own slot', async () => {
    const { promoCode } = await createPromoCode({ provider: 'DURO', discount: percentage });
    const { _entities } = await gateway.run(
      `query ($representations: [_Any!]!) {
        _entities(representations: $representations) { ... on PromoCode { code } ... on Coupon { name } }
      }`,
      {
        representations: [
          { __typename: 'PromoCode', id: promoCode.id },
          { __typename: 'PromoCode', id: 'garbage' },
          { __typename: 'Coupon', id: promoCode.id },
        ],
      },
    );
    expect(_entities).toEqual([{ code: promoCode.code }, null, null]);
  });

  it('its schema leaves out node and nodes, which only one subgraph may have', async () => {
    const { _service } = await gateway.run('{ _service { sdl } }');
    expect(_service.sdl).toContain('type PromoCode implements');
    expect(_service.sdl).toContain('@key(fields: "id")');
    expect(_service.sdl).not.toMatch(/^ {2}nodes?\(/m);
  });
});

it('GraphiQL is served to a browser, with its assets', async () => {
  const page = await fetch(gateway.url, { headers: { accept: 'text/html' } });
  const html = await page.text();
  expect(page.headers.get('content-type')).toContain('text/html');
  expect(html).toContain('CreateOnDuro');
  expect(html).not.toMatch(/<(script|link)[^>]+(src|href)="https?:/);
});
