import { describe, expect, test } from 'vitest';
import { idOf } from '../client.ts';
import { add, associations, firstAssociation, modify, openFlexprice, PERCENT, remove } from './open-flexprice.ts';

describe('Flexprice adds a coupon to a subscription', () => {
  test('and counts one use, without returning the association', async () => {
    const { ask } = await openFlexprice();
    const coupon = await ask('POST', '/coupons', PERCENT);
    const added = await add(ask, ' LAUNCH ');
    expect(added.status).toBe(200);
    expect(added.body).toEqual({
      subscription: expect.objectContaining({ id: 'subs_1', currency: 'usd' }),
      changed_resources: {},
    });
    expect(added.body).not.toHaveProperty('subscription.coupon_associations');
    const { items } = await associations(ask);
    expect(items).toEqual([
      {
        id: expect.stringMatching(/^coupon_assoc_[0-9A-Z]{26}$/),
        coupon_id: idOf(coupon),
        subscription_id: 'subs_1',
        start_date: '2026-08-01T00:00:00Z',
        environment_id: 'env_sandbox',
        tenant_id: 'tenant_sandbox',
        status: 'published',
        created_at: '2026-08-01T00:00:00Z',
        updated_at: '2026-08-01T00:00:00Z',
        created_by: 'user_sandbox',
        updated_by: 'user_sandbox',
        coupon: { ...Object(coupon.body), total_redemptions: 1 },
      },
    ]);
    const subscription = await ask('GET', '/subscriptions/subs_1');
    expect(subscription.body).toMatchObject({ id: 'subs_1', coupon_associations: items });
  });

  test('only once at the same time', async () => {
    const { ask, time } = await openFlexprice();
    const coupon_id = idOf(await ask('POST', '/coupons', PERCENT));
    await add(ask);
    time.now += 1000;
    const { status, body } = await add(ask);
    expect(status).toBe(400);
    expect(body).toEqual({
      code: 'validation_error',
      message: 'Remove the existing coupon association before adding it again, or use a different start_date',
      http_status_code: 400,
      details: { coupon_id, subscription_id: 'subs_1', checked_at: '2026-08-01T00:00:01Z' },
    });
    expect((await add(ask, 'launch', 'subs_2')).status).toBe(200);
    expect((await ask('GET', `/coupons/${coupon_id}`)).body).toMatchObject({ total_redemptions: 2 });
  });

  test('again after its removal, which does not lower the count', async () => {
    const { ask, time } = await openFlexprice();
    const id = idOf(await ask('POST', '/coupons', PERCENT));
    await add(ask);
    time.now += 1000;
    expect((await remove(ask, await firstAssociation(ask))).status).toBe(200);
    expect((await ask('GET', `/coupons/${id}`)).body).toMatchObject({ total_redemptions: 1 });
    time.now += 1000;
    expect((await add(ask)).status).toBe(200);
    expect((await ask('GET', `/coupons/${id}`)).body).toMatchObject({ total_redemptions: 2 });
  });

  test('or to one of its line items', async () => {
    const { ask } = await openFlexprice();
    await ask('POST', '/coupons', PERCENT);
    const item = { action: 'add', coupon_code: 'launch', subscription_line_item_id: 'subs_li_1' };
    expect((await modify(ask, item)).status).toBe(200);
    expect((await modify(ask, item)).status).toBe(400);
    expect((await add(ask)).status).toBe(400);
    const { items } = await associations(ask, 'subscription_line_item_ids=subs_li_1');
    expect(items).toMatchObject([{ subscription_line_item_id: 'subs_li_1' }]);
  });
});

describe('Flexprice refuses to add to a subscription', () => {
  const refused = (message: string, details?: object) => ({
    status: 400,
    body: { code: 'validation_error', message, http_status_code: 400, ...(details && { details }) },
  });

  test.each([
    ['an archived coupon', {}, true],
    ['a coupon before its start', { redeem_after: '2026-08-01T00:00:00.001Z' }, false],
    ['a coupon after its end', { redeem_before: '2026-07-31T23:59:59.999Z' }, false],
    ['a coupon of another currency', { type: 'fixed', amount_off: '5', currency: 'eur' }, false],
    ['a coupon with an unknown cadence', { cadence: 'monthly' }, false],
  ])('%s', async (_, change, archived) => {
    const { ask } = await openFlexprice();
    const coupon_id = idOf(await ask('POST', '/coupons', { ...PERCENT, ...change }));
    if (archived) await ask('DELETE', `/coupons/${coupon_id}`);
    const { status, body } = await add(ask);
    expect({ status, body }).toEqual(
      archived
        ? refused("No published coupon with code 'launch'")
        : refused('Coupon validation failed', { coupon_id, subscription_id: 'subs_1' }),
    );
    expect((await ask('GET', `/coupons/${coupon_id}`)).body).toMatchObject({ total_redemptions: 0 });
  });

  test('a used-up coupon', async () => {
    const { simulator, ask } = await openFlexprice();
    const coupon_id = idOf(await ask('POST', '/coupons', { ...PERCENT, max_redemptions: 2 }));
    await add(ask);
    simulator.redeem(coupon_id);
    const { status, body } = await add(ask, 'launch', 'subs_2');
    expect({ status, body }).toEqual(refused('Coupon validation failed', { coupon_id, subscription_id: 'subs_2' }));
  });

  test('more than the maximum in concurrent calls', async () => {
    const { simulator, ask } = await openFlexprice();
    const id = idOf(await ask('POST', '/coupons', { ...PERCENT, max_redemptions: 3 }));
    const replies = await Promise.all(Array.from({ length: 10 }, (_, index) => add(ask, 'launch', `subs_${index}`)));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(3);
    expect(simulator.redeemed(id)).toBe(3);
    expect((await associations(ask)).pagination.total).toBe(3);
  });

  test('a used-up coupon, even if the check read a stale count', async () => {
    const { simulator, ask } = await openFlexprice({ switches: { totalRedemptions: 'stale-by-id' } });
    const coupon_id = idOf(await ask('POST', '/coupons', { ...PERCENT, max_redemptions: 1 }));
    await ask('GET', `/coupons/${coupon_id}`);
    simulator.redeem(coupon_id);
    const { status, body } = await add(ask);
    expect({ status, body }).toEqual(refused('This coupon cannot be redeemed again', { coupon_id }));
  });

  test('an invalid request', async () => {
    const { ask } = await openFlexprice();
    await ask('POST', '/coupons', PERCENT);
    const code = { action: 'add', coupon_code: 'launch' };
    const both = await modify(ask, { ...code, subscription_id: 'subs_1', subscription_line_item_id: 'subs_li_1' });
    expect(both).toMatchObject(refused('Provide at most one of subscription_id or subscription_line_item_id'));
    expect(await modify(ask, { ...code, subscription_id: 'subs_2' })).toMatchObject(
      refused('An unexpected error occurred'),
    );
    expect((await modify(ask, { action: 'add' })).status).toBe(400);
    expect((await modify(ask, { action: 'swap', coupon_code: 'launch' })).status).toBe(400);
    expect((await ask('POST', '/subscriptions/subs_1/modify/execute', { type: 'plan' })).status).toBe(400);
  });

  test('a coupon for an unknown subscription', async () => {
    const { ask } = await openFlexprice();
    await ask('POST', '/coupons', PERCENT);
    expect(await add(ask, 'launch', 'sub_1')).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect((await ask('GET', '/subscriptions/sub_1')).status).toBe(404);
  });
});

describe('Flexprice includes both ends of the redemption window', () => {
  test.each(['redeem_after', 'redeem_before'])('%s', async (end) => {
    const { ask } = await openFlexprice();
    await ask('POST', '/coupons', { ...PERCENT, [end]: '2026-08-01T00:00:00Z' });
    expect((await add(ask)).status).toBe(200);
  });
});

describe('Flexprice removes a coupon', () => {
  test('only while the association is active', async () => {
    const { ask, time } = await openFlexprice();
    await ask('POST', '/coupons', PERCENT);
    await modify(ask, { action: 'add', coupon_code: 'launch', start_date: '2026-08-02T00:00:00Z' });
    const id = await firstAssociation(ask);
    expect((await remove(ask, id)).status).toBe(400);
    time.now = Date.parse('2026-08-03T00:00:00Z');
    expect(await remove(ask, 'coupon_assoc_none')).toMatchObject({
      status: 404,
      body: { message: 'Provide a valid association_id belonging to this subscription' },
    });
    expect(await remove(ask, id, 'subs_2')).toMatchObject({
      status: 400,
      body: { message: 'An unexpected error occurred' },
    });
    expect((await remove(ask, id)).status).toBe(200);
    expect((await ask('GET', `/coupons/associations/${id}`)).body).toMatchObject({ end_date: '2026-08-03T00:00:00Z' });
    expect((await remove(ask, id)).status).toBe(400);
  });
});

describe('Flexprice has the subscriptions', () => {
  test('of its options, with their currency', async () => {
    const { ask } = await openFlexprice({
      subscriptions: [{ id: 'subs_a', currency: 'EUR' }, { id: 'b' }],
      currency: 'ngn',
    });
    await ask('POST', '/coupons', { ...PERCENT, type: 'fixed', amount_off: '5', currency: 'eur' });
    expect((await add(ask, 'launch', 'subs_a')).status).toBe(200);
    expect((await add(ask, 'launch', 'b')).status).toBe(400);
    expect((await add(ask, 'launch', 'subs_1')).status).toBe(404);
    expect((await ask('GET', '/subscriptions/b')).body).toMatchObject({ currency: 'ngn' });
  });
});
