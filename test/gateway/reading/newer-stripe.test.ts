import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { chatdashClient, idOf } from '../../simulators/client.ts';
import { dollars } from '../../support/money.ts';
import { synchroniseOnce } from '../../support/rounds.ts';
import { openShop, type Shop } from '../../support/shop.ts';
import { type Json, type RunningGateway, startGateway } from '../../support/start-gateway.ts';

const MINUTE = 60_000;

function openStripe(gateway: RunningGateway) {
  const ask = chatdashClient(gateway.chatdash, 'acct_one');
  return {
    makeCoupon: async (data: Json): Promise<string> =>
      idOf(await ask('POST', '/coupons', { data: { name: 'Made there', duration: 'once', ...data } })),
    makeCode: async (coupon: string, code: string): Promise<string> =>
      idOf(await ask('POST', '/promotion-codes', { data: { coupon, code } })),
    sync: async () => expect(await synchroniseOnce(gateway, 'STRIPE_CONNECT')).toBe('DONE'),
  };
}

describe.each(['promotion-id', 'promotion-whole'] as const)('while codes show their coupon as %s,', (couponOfCode) => {
  let gateway: RunningGateway;
  let shop: Shop;
  let stripe: ReturnType<typeof openStripe>;
  beforeAll(async () => {
    gateway = await startGateway({ chatdash: { couponOfCode } });
    shop = openShop(gateway);
    stripe = openStripe(gateway);
  });
  afterEach(() => gateway.chatdash.heal());
  afterAll(() => gateway.stop());

  it('a code with terms of its own is made, read and redeemed within the limit of its coupon', async () => {
    const { id: couponId } = await shop.createCoupon({ maxRedemptions: 2, discount: { percentage: '25' } });
    const made = await shop.createPromoCode({ provider: 'STRIPE_CONNECT', couponId });
    gateway.chatdash.redeem(made.providerId, 1);
    gateway.advance(2 * MINUTE);
    const order = { id: shop.newKey(), amount: dollars(1000) };
    expect(await shop.quote({ code: made.code, order })).toMatchObject({
      eligible: true,
      discountAmount: { minorUnits: 250 },
    });
    expect(await shop.redeem({ code: made.code })).toMatchObject({ replayed: false });
    expect(await shop.redeem({ code: made.code })).toMatchObject({ reason: 'EXHAUSTED' });
  });

  it('codes that were created elsewhere are stored with their terms, and one page reads the coupon once', async () => {
    const coupon = await stripe.makeCoupon({ percent_off: 15 });
    for (const code of ['NEW-A', 'NEW-B', 'NEW-C']) await stripe.makeCode(coupon, code);
    await stripe.sync();
    const { promoCodeByCode } = await gateway.run(
      '{ promoCodeByCode(code: "NEW-A") { discount { ... on PercentageDiscount { percentage } } coupon { providerId } } }',
    );
    expect(promoCodeByCode).toEqual({ discount: { percentage: '15' }, coupon: { providerId: coupon } });
    gateway.advance(11 * MINUTE);
    const before = gateway.chatdash.calls.length;
    await gateway.run('{ a: promoCodeByCode(code: "NEW-A") { id } b: promoCodeByCode(code: "NEW-B") { id } }');
    expect(gateway.chatdash.calls.length - before).toBe(couponOfCode === 'promotion-id' ? 2 : 1);
  });

  it('a code whose coupon is not found keeps its known terms', async () => {
    const { code } = await shop.createPromoCode({ provider: 'STRIPE_CONNECT' });
    gateway.advance(2 * MINUTE);
    const body = { data: [], has_more: false };
    gateway.chatdash.fail({ kind: 'answer', status: 200, path: /coupons$/, body, times: Number.POSITIVE_INFINITY });
    const order = { id: shop.newKey(), amount: dollars(1000) };
    expect(await shop.quote({ code, order })).toMatchObject({ eligible: true, discountAmount: { minorUnits: 100 } });
  });
});

describe('a coupon with more than a percentage or an amount', () => {
  let gateway: RunningGateway;
  let shop: Shop;
  let stripe: ReturnType<typeof openStripe>;
  beforeAll(async () => {
    gateway = await startGateway();
    shop = openShop(gateway);
    stripe = openStripe(gateway);
    const products = { applies_to: { products: ['prod_1', 'prod_2'] } };
    await stripe.makeCode(await stripe.makeCoupon({ percent_off: 50, ...products }), 'HALF');
    await stripe.makeCode(await stripe.makeCoupon({ amount_off: 800, currency: 'usd', ...products }), 'EIGHT');
    await stripe.sync();
  });
  afterEach(() => gateway.chatdash.heal());
  afterAll(() => gateway.stop());

  const quote = async (code: string, order?: Json): Promise<Json> => shop.quote({ code, order });

  it('shows the products that it is for, on its codes too', async () => {
    const fields = 'productIds coupon { productIds }';
    const { promoCodeByCode } = await gateway.run(`{ promoCodeByCode(code: "HALF") { ${fields} } }`);
    expect(promoCodeByCode).toEqual({
      productIds: ['prod_1', 'prod_2'],
      coupon: { productIds: ['prod_1', 'prod_2'] },
    });
  });

  it.each([
    ['no order', undefined],
    ['an order that does not tell', { amount: dollars(1000) }],
    ['an order without such products', { amount: dollars(1000), eligibleAmount: dollars(0) }],
  ])('refuses %s if its code is for some products', async (_, order) => {
    expect(await quote('HALF', order)).toMatchObject({ eligible: false, refusal: { reason: 'PRODUCT_NOT_ELIGIBLE' } });
    expect(await shop.redeem({ code: 'HALF', order })).toMatchObject({ reason: 'PRODUCT_NOT_ELIGIBLE' });
    expect(await shop.hold({ code: 'HALF', order })).toMatchObject({ reason: 'PRODUCT_NOT_ELIGIBLE' });
  });

  it('discounts only the part of the order that its products make up', async () => {
    const order = { amount: dollars(1000), eligibleAmount: dollars(300) };
    expect(await quote('HALF', order)).toMatchObject({
      discountAmount: { minorUnits: 150 },
      payableAmount: { minorUnits: 850 },
    });
    expect(await quote('EIGHT', order)).toMatchObject({
      discountAmount: { minorUnits: 300 },
      payableAmount: { minorUnits: 700 },
    });
  });

  it.each([
    ['eligibleAmount', { eligibleAmount: dollars(300) }],
    ['currency', { amount: dollars(1000), eligibleAmount: { minorUnits: 300, currency: 'EUR' } }],
    ['minorUnits', { amount: dollars(1000), eligibleAmount: dollars(1001) }],
  ])('makes an eligible amount that does not fit the order an input error at %s', async (field, order) => {
    const { issues } = await quote('HALF', order);
    expect(issues).toHaveLength(1);
    expect(issues[0].path.slice(0, 4)).toEqual(
      ['input', 'order', 'eligibleAmount', field].slice(0, issues[0].path.length),
    );
    expect(issues[0].path.at(-1)).toBe(field);
  });

  it('that leaves the discount to a script is shown as such, and is not quoted, held or redeemed', async () => {
    const coupon = await stripe.makeCoupon({ percent_off: 10 });
    await stripe.makeCode(coupon, 'SCRIPT');
    const script = await chatdashClient(gateway.chatdash, 'acct_one')('GET', `/coupons/${coupon}/promotion-codes`);
    const { body }: { body: Json } = script;
    body.data[0].coupon.percent_off = null;
    gateway.chatdash.fail({
      kind: 'answer',
      status: 200,
      path: new RegExp(`${coupon}/promotion-codes$`),
      body,
      times: Number.POSITIVE_INFINITY,
    });
    await stripe.sync();
    const fields = '__typename ... on ProviderDefinedDiscount { description }';
    const { promoCodeByCode } = await gateway.run(`{ promoCodeByCode(code: "SCRIPT") { discount { ${fields} } } }`);
    expect(promoCodeByCode?.discount).toEqual({
      __typename: 'ProviderDefinedDiscount',
      description: expect.stringMatching(/provider/),
    });
    const order = { amount: dollars(1000) };
    expect(await quote('SCRIPT', order)).toMatchObject({ eligible: false, refusal: { reason: 'CANNOT_VERIFY' } });
    expect(await shop.redeem({ code: 'SCRIPT', order })).toMatchObject({ reason: 'CANNOT_VERIFY' });
    expect(await shop.hold({ code: 'SCRIPT', order })).toMatchObject({ reason: 'CANNOT_VERIFY' });
  });
});
