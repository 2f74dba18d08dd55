import type Stripe from 'stripe';
import { describe, expect, test } from 'vitest';
import { openStripe, SECONDS } from './open-stripe.ts';

const DAY = 24 * 60 * 60;

/** A simulator in which only created customers and subscriptions exist, with a customer and a coupon of 20 %. */
async function openShop(coupon: Stripe.CouponCreateParams = { percent_off: 20 }) {
  const opened = await openStripe({ switches: { customersAndSubscriptions: 'created' } });
  const { stripe } = opened;
  const customer = await stripe.customers.create({ email: 'a@example.com' });
  const { id: couponId } = await stripe.coupons.create(coupon);
  return {
    ...opened,
    couponId,
    customer: customer.id,
    subscribe: (params: Partial<Stripe.SubscriptionCreateParams> = {}) =>
      stripe.subscriptions.create({ customer: customer.id, items: [item(5000)], ...params }),
    makeCode: (params: Partial<Stripe.PromotionCodeCreateParams> = {}) =>
      stripe.promotionCodes.create({ promotion: { type: 'coupon', coupon: couponId }, ...params }),
    counts: async (codeId: string) => {
      const code = await stripe.promotionCodes.retrieve(codeId, { expand: ['promotion.coupon'] });
      const { coupon: found } = code.promotion;
      return [code.times_redeemed, typeof found === 'object' ? found?.times_redeemed : undefined];
    },
  };
}

function item(unit_amount: number, product = 'prod_1', currency = 'usd'): Stripe.SubscriptionCreateParams.Item {
  return { price_data: { currency, product, unit_amount, recurring: { interval: 'month' } } };
}

const reason = (text: string) => `This promotion code cannot be redeemed because ${text}.`;

describe('a subscription of the Stripe simulator', () => {
  test('counts the use of a code and of its coupon when it is created', async () => {
    const { subscribe, makeCode, counts, couponId, customer } = await openShop();
    const code = await makeCode();
    const subscription = await subscribe({
      discounts: [{ promotion_code: code.id }],
      expand: ['discounts.source.coupon', 'discounts.promotion_code', 'customer'],
    });
    expect(subscription).toMatchObject({
      status: 'active',
      currency: 'usd',
      customer: { id: customer, email: 'a@example.com' },
      discounts: [
        {
          id: expect.stringMatching(/^di_/),
          source: { type: 'coupon', coupon: { id: couponId, percent_off: 20 } },
          promotion_code: { id: code.id, code: code.code },
          subscription: subscription.id,
          customer,
          start: SECONDS,
          end: null,
        },
      ],
    });
    expect(await counts(code.id)).toEqual([1, 1]);
  });

  test('keeps the discounts that an update repeats, and loses the others', async () => {
    const { stripe, subscribe, makeCode, counts } = await openShop();
    const code = await makeCode();
    const other = await stripe.coupons.create({ percent_off: 5, duration: 'repeating', duration_in_months: 2 });
    const { id } = await subscribe({ discounts: [{ promotion_code: code.id }] });
    const [first] = (await stripe.subscriptions.retrieve(id)).discounts;
    const both = await stripe.subscriptions.update(id, {
      discounts: [{ discount: String(first) }, { coupon: other.id }],
      expand: ['discounts'],
    });
    expect(both.discounts).toMatchObject([{ id: first, promotion_code: code.id }, { promotion_code: null }]);
    expect(both.discounts[1]).toMatchObject({ end: Date.parse('2026-10-01T10:00:00Z') / 1000 });
    const replaced = await stripe.subscriptions.update(id, { discounts: [{ coupon: other.id }] });
    expect(replaced.discounts).not.toContain(first);
    expect((await stripe.subscriptions.update(id, { metadata: { a: 'b' } })).discounts).toEqual(replaced.discounts);
    expect((await stripe.subscriptions.update(id, { discounts: '' })).discounts).toEqual([]);
    expect(await counts(code.id)).toEqual([1, 1]);
    expect(await stripe.coupons.retrieve(other.id)).toMatchObject({ times_redeemed: 2 });
  });

  test('keeps the discount of a coupon that was deleted', async () => {
    const { stripe, subscribe, couponId } = await openShop();
    const { id } = await subscribe({ discounts: [{ coupon: couponId }] });
    await stripe.coupons.del(couponId);
    const { discounts } = await stripe.subscriptions.retrieve(id, { expand: ['discounts.source.coupon'] });
    expect(discounts).toMatchObject([{ source: { coupon: { id: couponId, valid: false } } }]);
    await expect(stripe.subscriptions.update(id, { discounts: [{ coupon: couponId }] })).rejects.toMatchObject({
      code: 'resource_missing',
      param: 'discounts[0][coupon]',
      message: `No such coupon: '${couponId}'`,
    });
  });

  test('loses all discounts by the deletion of its discount', async () => {
    const { stripe, subscribe, couponId } = await openShop();
    const { id } = await subscribe({ discounts: [{ coupon: couponId }] });
    expect(await stripe.subscriptions.deleteDiscount(id)).toMatchObject({ object: 'discount', deleted: true });
    expect((await stripe.subscriptions.retrieve(id)).discounts).toEqual([]);
    await expect(stripe.subscriptions.deleteDiscount(id)).rejects.toMatchObject({ statusCode: 404 });
  });

  test('cannot be changed after its cancellation', async () => {
    const { stripe, subscribe, couponId } = await openShop();
    const { id } = await subscribe();
    expect((await stripe.subscriptions.list()).data).toMatchObject([{ id }]);
    expect(await stripe.subscriptions.cancel(id)).toMatchObject({ status: 'canceled' });
    expect((await stripe.subscriptions.list()).data).toEqual([]);
    await expect(stripe.subscriptions.update(id, { discounts: [{ coupon: couponId }] })).rejects.toMatchObject({
      statusCode: 400,
    });
  });
});

describe('a subscription of the Stripe simulator refuses', () => {
  test('a code for a first transaction from a customer who has one', async () => {
    const { subscribe, makeCode } = await openShop();
    const { id } = await makeCode({ restrictions: { first_time_transaction: true } });
    await subscribe({ discounts: [{ promotion_code: id }] });
    await expect(subscribe({ discounts: [{ promotion_code: id }] })).rejects.toMatchObject({
      statusCode: 400,
      code: 'promotion_code_customer_not_first_time',
      param: 'discounts[0][promotion_code]',
      message: reason('the associated customer has prior transactions'),
    });
  });

  test('a code whose minimum amount is not met, and any minimum in an update', async () => {
    const { stripe, subscribe, makeCode, counts } = await openShop();
    const restrictions = {
      minimum_amount: 6000,
      minimum_amount_currency: 'usd',
      currency_options: { eur: { minimum_amount: 4000 } },
    };
    const { id } = await makeCode({ restrictions });
    const message = reason('the associated purchase does not meet the minimum amount requirement');
    const discounts = [{ promotion_code: id }];
    await expect(subscribe({ discounts })).rejects.toMatchObject({ message });
    await expect(subscribe({ items: [item(9000, 'prod_1', 'gbp')], discounts })).rejects.toMatchObject({ message });
    await subscribe({ items: [item(4000, 'prod_1', 'eur')], discounts });
    const enough = await subscribe({ items: [{ ...item(3000), quantity: 2 }], discounts });
    await expect(stripe.subscriptions.update(enough.id, { discounts })).rejects.toMatchObject({ message });
    expect(await counts(id)).toEqual([2, 2]);
  });

  test('a code that is used up, expired, switched off, or for another customer', async () => {
    const { stripe, time, subscribe, makeCode } = await openShop();
    const refusalOf = async (params: Partial<Stripe.PromotionCodeCreateParams>, before?: (id: string) => unknown) => {
      const { id } = await makeCode(params);
      await before?.(id);
      return subscribe({ discounts: [{ promotion_code: id }] });
    };
    await expect(
      refusalOf({ max_redemptions: 1 }, (id) => subscribe({ discounts: [{ promotion_code: id }] })),
    ).rejects.toMatchObject({ message: reason('it has been used the maximum number of times') });
    await expect(
      refusalOf({ expires_at: SECONDS + DAY }, () => {
        time.now += DAY * 1000;
      }),
    ).rejects.toMatchObject({ code: 'coupon_expired', message: expect.stringMatching(/^Coupon expired/) });
    await expect(refusalOf({}, (id) => stripe.promotionCodes.update(id, { active: false }))).rejects.toMatchObject({
      message: reason('it is inactive'),
    });
    const stranger = await stripe.customers.create({});
    await expect(refusalOf({ customer: stranger.id })).rejects.toMatchObject({
      message: reason('it is restricted to another customer'),
    });
  });

  test('a coupon for products that it does not have', async () => {
    const { subscribe, couponId } = await openShop({ percent_off: 5, applies_to: { products: ['prod_1', 'prod_2'] } });
    await subscribe({ items: [item(5000, 'prod_2')], discounts: [{ coupon: couponId }] });
    await expect(subscribe({ items: [item(5000, 'prod_3')], discounts: [{ coupon: couponId }] })).rejects.toMatchObject(
      { message: reason('the associated coupon is not valid for any of the items') },
    );
  });

  test('an amount in another currency, unless the coupon has an option for it', async () => {
    const { subscribe, couponId } = await openShop({
      amount_off: 500,
      currency: 'usd',
      currency_options: { eur: { amount_off: 450 } },
    });
    const discounts = [{ coupon: couponId }];
    await subscribe({ items: [item(5000, 'prod_1', 'eur')], discounts });
    await expect(subscribe({ items: [item(5000, 'prod_1', 'gbp')], discounts })).rejects.toMatchObject({
      statusCode: 400,
    });
  });

  test('a code together with its own coupon, and more than 20 discounts', async () => {
    const { stripe, subscribe, makeCode, couponId, counts } = await openShop();
    const { id } = await makeCode();
    await expect(subscribe({ discounts: [{ promotion_code: id }, { coupon: couponId }] })).rejects.toMatchObject({
      statusCode: 400,
      param: 'discounts[1][coupon]',
    });
    const coupons = await Promise.all(Array.from({ length: 21 }, () => stripe.coupons.create({ percent_off: 1 })));
    const discounts = coupons.map(({ id: coupon }) => ({ coupon }));
    await expect(subscribe({ discounts })).rejects.toMatchObject({ statusCode: 400, param: 'discounts' });
    expect((await subscribe({ discounts: discounts.slice(1) })).discounts).toHaveLength(20);
    expect(await counts(id)).toEqual([0, 0]);
  });

  test('customers and prices that do not exist', async () => {
    const { stripe, subscribe } = await openShop();
    await expect(subscribe({ customer: 'cus_none' })).rejects.toMatchObject({
      message: "No such customer: 'cus_none'",
    });
    await expect(subscribe({ items: [{ price: 'price_none' }] })).rejects.toMatchObject({
      message: "No such price: 'price_none'",
      param: 'items[0][price]',
    });
    await expect(stripe.subscriptions.retrieve('sub_none')).rejects.toMatchObject({ statusCode: 404 });
  });
});

test('in a sandbox every subscription of Stripe exists, with a customer without transactions', async () => {
  const { stripe } = await openStripe();
  const { id: coupon } = await stripe.coupons.create({ percent_off: 10 });
  const code = await stripe.promotionCodes.create({
    promotion: { type: 'coupon', coupon },
    restrictions: { first_time_transaction: true },
  });
  await stripe.subscriptions.update('sub_any', { discounts: [{ promotion_code: code.id }] });
  expect((await stripe.subscriptions.retrieve('sub_any')).discounts).toHaveLength(1);
  await expect(stripe.subscriptions.retrieve('any')).rejects.toMatchObject({ statusCode: 404 });
});
