import Stripe from 'stripe';
import { describe, expect, test } from 'vitest';
import { temporaryFile } from '../client.ts';
import { openStripe } from './open-stripe.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const KEYED = { idempotencyKey: 'K' };

describe('an idempotency key of the Stripe simulator', () => {
  test('gives the first answer again, marked as a replay', async () => {
    const { stripe } = await openStripe();
    const first = await stripe.coupons.create({ percent_off: 5 }, KEYED);
    const second = await stripe.coupons.create({ percent_off: 5 }, KEYED);
    expect(second.id).toBe(first.id);
    expect(first.lastResponse.headers).toMatchObject({ 'idempotency-key': 'K' });
    expect(first.lastResponse.headers).not.toHaveProperty('idempotent-replayed');
    expect(second.lastResponse.headers).toMatchObject({
      'idempotent-replayed': 'true',
      'original-request': first.lastResponse.requestId,
    });
    expect(second.lastResponse.requestId).not.toBe(first.lastResponse.requestId);
    expect((await stripe.coupons.list()).data).toHaveLength(1);
  });

  test('refuses other parameters', async () => {
    const { stripe } = await openStripe();
    await stripe.coupons.create({ percent_off: 5 }, KEYED);
    const other = stripe.coupons.create({ percent_off: 6 }, KEYED);
    await expect(other).rejects.toBeInstanceOf(Stripe.errors.StripeIdempotencyError);
    await expect(other).rejects.toThrow(
      'Keys for idempotent requests can only be used with the same parameters they were first used with. ' +
        "Try using a key other than 'K' if you meant to execute a different request.",
    );
  });

  test('is refused while its first call executes', async () => {
    const { simulator, stripe } = await openStripe();
    const release = simulator.keepBusy('K');
    await expect(stripe.coupons.create({ percent_off: 5 }, KEYED)).rejects.toMatchObject({
      statusCode: 409,
      code: 'idempotency_key_in_use',
    });
    release();
    expect(await stripe.coupons.create({ percent_off: 5 }, KEYED)).toMatchObject({ percent_off: 5 });
  });

  test('keeps the refusal of an endpoint, but not that of invalid parameters', async () => {
    const { stripe } = await openStripe();
    await expect(stripe.coupons.create({ percent_off: 500 }, KEYED)).rejects.toMatchObject({ statusCode: 400 });
    await stripe.coupons.create({ id: 'A', percent_off: 5 });
    await expect(stripe.coupons.create({ id: 'A', percent_off: 5 }, KEYED)).rejects.toMatchObject({
      code: 'resource_already_exists',
    });
    await stripe.coupons.del('A');
    await expect(stripe.coupons.create({ id: 'A', percent_off: 5 }, KEYED)).rejects.toMatchObject({
      code: 'resource_already_exists',
      headers: { 'idempotent-replayed': 'true' },
    });
  });

  test('is forgotten after a day, and does not reach other accounts', async () => {
    const { stripe, time } = await openStripe();
    const { id } = await stripe.coupons.create({ percent_off: 5 }, KEYED);
    const elsewhere = await stripe.coupons.create({ percent_off: 5 }, { ...KEYED, stripeAccount: 'acct_1' });
    expect(elsewhere.id).not.toBe(id);
    time.now += DAY_MS - 1;
    expect((await stripe.coupons.create({ percent_off: 5 }, KEYED)).id).toBe(id);
    time.now += 1;
    expect((await stripe.coupons.create({ percent_off: 5 }, KEYED)).id).not.toBe(id);
  });

  test('survives a restart and an answer that was lost', async () => {
    const stateFile = temporaryFile();
    const first = await openStripe({ stateFile });
    first.simulator.fail({ kind: 'hang-up', commit: true, method: 'POST' });
    // The client repeats a call once whose connection was closed, even without retries.
    const { id, lastResponse } = await first.stripe.coupons.create({ percent_off: 5 }, KEYED);
    expect(lastResponse.headers).toMatchObject({ 'idempotent-replayed': 'true' });
    const second = await openStripe({ stateFile });
    expect((await second.stripe.coupons.create({ percent_off: 5 }, KEYED)).id).toBe(id);
    expect((await second.stripe.coupons.list()).data).toHaveLength(1);
  });
});
