import type Stripe from 'stripe';
import { describe, expect, test } from 'vitest';
import { openStripe, SECONDS } from './open-stripe.ts';

const HOUR = 60 * 60;

/** A simulator with a coupon, and how to create codes on it. */
async function openWithCoupon(params: Stripe.CouponCreateParams = { percent_off: 5 }) {
  const opened = await openStripe();
  const { stripe } = opened;
  const { id: coupon } = await stripe.coupons.create(params);
  return {
    ...opened,
    coupon,
    makeCode: (more: Partial<Stripe.PromotionCodeCreateParams> = {}) =>
      stripe.promotionCodes.create({ promotion: { type: 'coupon', coupon }, ...more }),
    isActive: async (id: string) => (await stripe.promotionCodes.retrieve(id)).active,
    codes: async (params: Stripe.PromotionCodeListParams) =>
      (await stripe.promotionCodes.list(params)).data.map(({ code }) => code),
  };
}

describe('a promotion code of the Stripe simulator', () => {
  test('gets a text of eight letters and digits if it has none', async () => {
    const { makeCode } = await openWithCoupon();
    expect((await makeCode()).code).toMatch(/^[A-Z0-9]{8}$/);
  });

  test('stays inactive once it is used up, even if its coupon is not', async () => {
    const { simulator, stripe, coupon, makeCode, isActive } = await openWithCoupon();
    const { id } = await makeCode({ max_redemptions: 2 });
    simulator.redeem(id);
    expect(await isActive(id)).toBe(true);
    simulator.redeem(id);
    expect(await isActive(id)).toBe(false);
    expect(() => simulator.redeem(id)).toThrow('would not let');
    expect(await stripe.coupons.retrieve(coupon)).toMatchObject({ times_redeemed: 2, valid: true });
    await expect(stripe.promotionCodes.update(id, { active: true })).rejects.toMatchObject({ statusCode: 400 });
  });

  test('stays inactive once its time is over, even if the clock goes back', async () => {
    const { stripe, time, makeCode, isActive } = await openWithCoupon();
    const { id } = await makeCode({ expires_at: SECONDS + HOUR });
    time.now += HOUR * 1000 - 1;
    expect(await isActive(id)).toBe(true);
    time.now += 1;
    expect(await isActive(id)).toBe(false);
    time.now -= HOUR * 1000;
    expect(await isActive(id)).toBe(false);
    await expect(stripe.promotionCodes.update(id, { active: true })).rejects.toMatchObject({ statusCode: 400 });
  });

  test.each([
    ['used up', (stripe: Stripe, coupon: string) => stripe.subscriptions.update('sub_1', { discounts: [{ coupon }] })],
    ['deleted', (stripe: Stripe, coupon: string) => stripe.coupons.del(coupon)],
  ])('stays inactive once its coupon is %s', async (_, end) => {
    const { stripe, coupon, makeCode, isActive } = await openWithCoupon({ percent_off: 5, max_redemptions: 1 });
    const { id } = await makeCode();
    expect(await isActive(id)).toBe(true);
    await end(stripe, coupon);
    expect(await isActive(id)).toBe(false);
    await expect(stripe.promotionCodes.update(id, { active: true })).rejects.toMatchObject({ statusCode: 400 });
    const whole = await stripe.promotionCodes.retrieve(id, { expand: ['promotion.coupon'] });
    expect(whole.promotion.coupon).toMatchObject({ id: coupon, valid: false });
  });

  test('of a deleted coupon stays inactive when another coupon takes its id', async () => {
    const { stripe, coupon, makeCode, isActive } = await openWithCoupon({ id: 'SUMMER', percent_off: 5 });
    const { id } = await makeCode({ code: 'A' });
    await stripe.coupons.del(coupon);
    await stripe.coupons.create({ id: 'SUMMER', percent_off: 7 });
    expect(await isActive(id)).toBe(false);
    expect(await makeCode({ code: 'A' })).toMatchObject({ active: true });
  });

  test('frees its text while it is switched off, and cannot be switched on if the text is taken', async () => {
    const { stripe, makeCode } = await openWithCoupon();
    const { id } = await makeCode({ code: 'SUMMER' });
    await expect(makeCode({ code: 'summer' })).rejects.toThrow('already exists');
    await stripe.promotionCodes.update(id, { active: false });
    const other = await makeCode({ code: 'summer' });
    await expect(stripe.promotionCodes.update(id, { active: true })).rejects.toThrow('already exists');
    await stripe.promotionCodes.update(other.id, { active: false });
    expect(await stripe.promotionCodes.update(id, { active: true })).toMatchObject({ active: true });
  });

  test('may share its text with those of other customers only', async () => {
    const { makeCode, codes } = await openWithCoupon();
    await makeCode({ code: 'VIP', customer: 'cus_1' });
    await makeCode({ code: 'Vip', customer: 'cus_2' });
    await expect(makeCode({ code: 'VIP', customer: 'cus_2' })).rejects.toThrow('already exists');
    await expect(makeCode({ code: 'VIP' })).rejects.toThrow('already exists');
    expect(await codes({ code: 'vip' })).toEqual(['Vip', 'VIP']);
    expect(await codes({ code: 'vip', customer: 'cus_1' })).toEqual(['VIP']);
  });

  test('gets minimum amounts in more currencies by an update', async () => {
    const { stripe, makeCode } = await openWithCoupon();
    const { id } = await makeCode({ restrictions: { minimum_amount: 500, minimum_amount_currency: 'usd' } });
    const { restrictions } = await stripe.promotionCodes.update(id, {
      restrictions: { currency_options: { eur: { minimum_amount: 450 } } },
      expand: ['restrictions.currency_options'],
    });
    expect(restrictions.currency_options).toEqual({ usd: { minimum_amount: 500 }, eur: { minimum_amount: 450 } });
  });
});

describe('a list of promotion codes of the Stripe simulator', () => {
  test('filters by coupon, state and time of creation', async () => {
    const { stripe, time, coupon, makeCode, codes } = await openWithCoupon();
    await makeCode({ code: 'A', active: false });
    time.now += HOUR * 1000;
    await makeCode({ code: 'B' });
    const other = await stripe.coupons.create({ percent_off: 5 });
    await makeCode({ code: 'C', promotion: { type: 'coupon', coupon: other.id } });
    expect(await codes({ coupon })).toEqual(['B', 'A']);
    expect(await codes({ active: true })).toEqual(['C', 'B']);
    expect(await codes({ active: false })).toEqual(['A']);
    expect(await codes({ created: SECONDS })).toEqual(['A']);
    expect(await codes({ created: { gt: SECONDS } })).toEqual(['C', 'B']);
    expect(await codes({ created: { gte: SECONDS, lt: SECONDS + HOUR } })).toEqual(['A']);
    expect(await codes({ created: { lte: SECONDS + HOUR } })).toEqual(['C', 'B', 'A']);
    expect(await codes({ code: 'none' })).toEqual([]);
  });

  test('goes back from a code, and on after one that the filter leaves out', async () => {
    const { stripe, makeCode } = await openWithCoupon();
    const ids: string[] = [];
    for (const code of ['A', 'B', 'C', 'D']) ids.push((await makeCode({ code })).id);
    const [a, , c] = ids;
    const newer = await stripe.promotionCodes.list({ ending_before: a, limit: 2 });
    expect(newer).toMatchObject({ data: [{ code: 'C' }, { code: 'B' }], has_more: true, url: '/v1/promotion_codes' });
    await stripe.promotionCodes.update(String(c), { active: false });
    const older = await stripe.promotionCodes.list({ starting_after: c, active: true, limit: 2 });
    expect(older).toMatchObject({ data: [{ code: 'B' }, { code: 'A' }], has_more: false });
    await expect(stripe.promotionCodes.list({ starting_after: a, ending_before: c })).rejects.toMatchObject({
      code: 'parameters_exclusive',
    });
    await expect(stripe.promotionCodes.list({ limit: 101 })).rejects.toMatchObject({ param: 'limit' });
  });

  test('expands at most four levels', async () => {
    const { stripe, makeCode } = await openWithCoupon({ percent_off: 5, applies_to: { products: ['prod_1'] } });
    await makeCode();
    const { data } = await stripe.promotionCodes.list({ expand: ['data.promotion.coupon.applies_to'] });
    expect(data).toMatchObject([{ promotion: { coupon: { applies_to: { products: ['prod_1'] } } } }]);
    await expect(
      stripe.promotionCodes.list({ expand: ['data.promotion.coupon.applies_to.products'] }),
    ).rejects.toMatchObject({ param: 'expand', message: expect.stringContaining('more than 4 levels') });
    await expect(stripe.promotionCodes.list({ expand: ['promotion.coupon'] })).rejects.toMatchObject({
      param: 'expand',
    });
  });
});

test('connected accounts of the Stripe simulator have their own objects, also with equal ids and codes', async () => {
  const { stripe } = await openStripe();
  const make = async (stripeAccount?: string) => {
    await stripe.coupons.create({ id: 'A', percent_off: 5 }, { stripeAccount });
    const promotion = { type: 'coupon', coupon: 'A' } as const;
    return stripe.promotionCodes.create({ promotion, code: 'SAME' }, { stripeAccount });
  };
  const own = await make();
  const connected = await make('acct_1');
  await expect(stripe.promotionCodes.retrieve(own.id, {}, { stripeAccount: 'acct_1' })).rejects.toMatchObject({
    statusCode: 404,
  });
  expect((await stripe.promotionCodes.list({}, { stripeAccount: 'acct_1' })).data).toMatchObject([
    { id: connected.id },
  ]);
  expect((await stripe.promotionCodes.list()).data).toMatchObject([{ id: own.id }]);
});
