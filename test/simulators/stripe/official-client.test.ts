import Stripe from 'stripe';
import { describe, expect, test } from 'vitest';
import { officialClient, openStripe, SECONDS } from './open-stripe.ts';

describe("Stripe's own client", () => {
  test('creates, reads, changes and deletes a coupon', async () => {
    const { stripe } = await openStripe();
    const made = await stripe.coupons.create({
      id: 'LAUNCH',
      amount_off: 500,
      currency: 'usd',
      currency_options: { eur: { amount_off: 450 } },
      applies_to: { products: ['prod_1', 'prod_2'] },
      metadata: { team: 'growth' },
      redeem_by: SECONDS + 60,
    });
    expect(made).toMatchObject({ id: 'LAUNCH', amount_off: 500, currency: 'usd', duration: 'once', valid: true });
    expect(made).not.toHaveProperty('applies_to');
    expect(made).not.toHaveProperty('currency_options');
    const read = await stripe.coupons.retrieve('LAUNCH', { expand: ['applies_to', 'currency_options'] });
    expect(read).toMatchObject({
      applies_to: { products: ['prod_1', 'prod_2'] },
      currency_options: { usd: { amount_off: 500 }, eur: { amount_off: 450 } },
    });
    const changed = await stripe.coupons.update('LAUNCH', { name: 'Launch', metadata: { team: '', year: '2026' } });
    expect(changed).toMatchObject({ name: 'Launch', metadata: { year: '2026' } });
    expect(await stripe.coupons.del('LAUNCH')).toMatchObject({ id: 'LAUNCH', object: 'coupon', deleted: true });
    await expect(stripe.coupons.retrieve('LAUNCH')).rejects.toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
    });
    expect((await stripe.coupons.list()).data).toEqual([]);
  });

  test('creates, reads and changes a promotion code', async () => {
    const { stripe } = await openStripe();
    const coupon = await stripe.coupons.create({ percent_off: 12.5, duration: 'repeating', duration_in_months: 3 });
    const made = await stripe.promotionCodes.create({
      promotion: { type: 'coupon', coupon: coupon.id },
      code: 'Summer-26',
      customer: 'cus_1',
      expires_at: SECONDS + 3600,
      max_redemptions: 7,
      restrictions: {
        first_time_transaction: true,
        minimum_amount: 1000,
        minimum_amount_currency: 'usd',
        currency_options: { eur: { minimum_amount: 900 } },
      },
      expand: ['promotion.coupon', 'restrictions.currency_options'],
    });
    expect(made).toMatchObject({
      active: true,
      code: 'Summer-26',
      created: SECONDS,
      customer: 'cus_1',
      promotion: { type: 'coupon', coupon: { id: coupon.id, percent_off: 12.5 } },
      restrictions: { currency_options: { usd: { minimum_amount: 1000 }, eur: { minimum_amount: 900 } } },
    });
    const off = await stripe.promotionCodes.update(made.id, { active: false, metadata: { a: 'b' } });
    expect(off).toMatchObject({ active: false, metadata: { a: 'b' }, promotion: { coupon: coupon.id } });
    expect(off.restrictions).toEqual({
      first_time_transaction: true,
      minimum_amount: 1000,
      minimum_amount_currency: 'usd',
    });
    expect((await stripe.promotionCodes.update(made.id, { active: true, metadata: null })).metadata).toEqual({});
    expect(await stripe.promotionCodes.retrieve(made.id)).toMatchObject({ active: true, customer: 'cus_1' });
  });

  test('finds a code in any letter case, and lists newest first through all pages', async () => {
    const { stripe, time } = await openStripe();
    const { id: coupon } = await stripe.coupons.create({ percent_off: 5 });
    for (const number of Array.from({ length: 23 }).keys()) {
      time.now += number % 3 === 0 ? 1000 : 0;
      await stripe.promotionCodes.create({ promotion: { type: 'coupon', coupon }, code: `Code-${number}` });
    }
    const found = await stripe.promotionCodes.list({ code: 'cODE-7', expand: ['data.promotion.coupon'] });
    expect(found.data).toMatchObject([{ code: 'Code-7', promotion: { coupon: { id: coupon } } }]);
    const all: string[] = [];
    for await (const { code } of stripe.promotionCodes.list({ limit: 5 })) all.push(code);
    expect(all).toEqual(Array.from({ length: 23 }, (_, number) => `Code-${22 - number}`));
  });

  test('gets an error of the right class', async () => {
    const { simulator, stripe } = await openStripe({ connectedAccounts: ['acct_1'] });
    const { StripeInvalidRequestError, StripeAuthenticationError, StripePermissionError } = Stripe.errors;
    await expect(stripe.coupons.create({})).rejects.toBeInstanceOf(StripeInvalidRequestError);
    const stranger = officialClient({ ...simulator, apiKey: 'sk_test_another' });
    await expect(stranger.coupons.list()).rejects.toBeInstanceOf(StripeAuthenticationError);
    await expect(stripe.coupons.list({}, { stripeAccount: 'acct_2' })).rejects.toBeInstanceOf(StripePermissionError);
    expect((await stripe.coupons.list({}, { stripeAccount: 'acct_1' })).data).toEqual([]);
  });
});
