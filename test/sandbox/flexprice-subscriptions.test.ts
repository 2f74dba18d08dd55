import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type FlexpriceOptions, startFlexpriceSandbox } from '../../src/sandbox/index.ts';
import { type Ask, flexpriceClient, idOf, opened, type Reply } from './client.ts';

const PERCENT = { name: 'Launch', type: 'percentage', percentage_off: '15', cadence: 'once', coupon_code: 'launch' };
const START = Date.parse('2026-08-01T00:00:00Z');

async function flexprice(options: FlexpriceOptions = {}) {
  const time = { now: START };
  const sandbox = await opened(startFlexpriceSandbox({ clock: () => time.now, ...options }));
  return { sandbox, ask: flexpriceClient(sandbox), time };
}

function modify(ask: Ask, parameters: object, subscription = 'subs_1'): Promise<Reply> {
  return ask('POST', `/subscriptions/${subscription}/modify/execute`, { type: 'coupon', coupon_params: parameters });
}

const add = (ask: Ask, coupon_code = 'launch', subscription = 'subs_1') =>
  modify(ask, { action: 'add', coupon_code }, subscription);

const remove = (ask: Ask, coupon_association_id: string, subscription = 'subs_1') =>
  modify(ask, { action: 'remove', coupon_association_id }, subscription);

const List = z.object({
  items: z.array(z.looseObject({ id: z.string(), coupon_id: z.string() })),
  pagination: z.object({ total: z.int(), limit: z.int(), offset: z.int() }),
});

async function associations(ask: Ask, query = '') {
  return List.parse((await ask('GET', `/coupons/associations?${query}`)).body);
}

async function firstAssociation(ask: Ask): Promise<string> {
  return String((await associations(ask)).items[0]?.id);
}

describe('Flexprice puts a coupon on a subscription', () => {
  test('and counts one use, without telling the association', async () => {
    const { ask } = await flexprice();
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

  test('once at a time', async () => {
    const { ask, time } = await flexprice();
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

  test('again after its removal, which gives no use back', async () => {
    const { ask, time } = await flexprice();
    const id = idOf(await ask('POST', '/coupons', PERCENT));
    await add(ask);
    time.now += 1000;
    expect((await remove(ask, await firstAssociation(ask))).status).toBe(200);
    expect((await ask('GET', `/coupons/${id}`)).body).toMatchObject({ total_redemptions: 1 });
    time.now += 1000;
    expect((await add(ask)).status).toBe(200);
    expect((await ask('GET', `/coupons/${id}`)).body).toMatchObject({ total_redemptions: 2 });
  });

  test('or on one of its line items', async () => {
    const { ask } = await flexprice();
    await ask('POST', '/coupons', PERCENT);
    const item = { action: 'add', coupon_code: 'launch', subscription_line_item_id: 'subs_li_1' };
    expect((await modify(ask, item)).status).toBe(200);
    expect((await modify(ask, item)).status).toBe(400);
    const { items } = await associations(ask, 'subscription_line_item_ids=subs_li_1');
    expect(items).toMatchObject([{ subscription_line_item_id: 'subs_li_1' }]);
  });
});

describe('Flexprice refuses to put on a subscription', () => {
  const refused = (message: string, details?: object) => ({
    status: 400,
    body: { code: 'validation_error', message, http_status_code: 400, ...(details && { details }) },
  });

  test.each([
    ['an archived one', {}, true],
    ['one not yet open', { redeem_after: '2026-08-01T00:00:00.001Z' }, false],
    ['one past its end', { redeem_before: '2026-07-31T23:59:59.999Z' }, false],
    ['one of another currency', { type: 'fixed', amount_off: '5', currency: 'eur' }, false],
    ['one of an unknown cadence', { cadence: 'monthly' }, false],
  ])('%s', async (_, change, archived) => {
    const { ask } = await flexprice();
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
    const { sandbox, ask } = await flexprice();
    const coupon_id = idOf(await ask('POST', '/coupons', { ...PERCENT, max_redemptions: 2 }));
    await add(ask);
    sandbox.redeem(coupon_id);
    const { status, body } = await add(ask, 'launch', 'subs_2');
    expect({ status, body }).toEqual(refused('Coupon validation failed', { coupon_id, subscription_id: 'subs_2' }));
  });

  test('more than the maximum when many come at once', async () => {
    const { sandbox, ask } = await flexprice();
    const id = idOf(await ask('POST', '/coupons', { ...PERCENT, max_redemptions: 3 }));
    const replies = await Promise.all(Array.from({ length: 10 }, (_, index) => add(ask, 'launch', `subs_${index}`)));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(3);
    expect(sandbox.redeemed(id)).toBe(3);
    expect((await associations(ask)).pagination.total).toBe(3);
  });

  test('a coupon at its last use, when the check read an old count', async () => {
    const { sandbox, ask } = await flexprice({ switches: { totalRedemptions: 'stale-by-id' } });
    const coupon_id = idOf(await ask('POST', '/coupons', { ...PERCENT, max_redemptions: 1 }));
    await ask('GET', `/coupons/${coupon_id}`);
    sandbox.redeem(coupon_id);
    const { status, body } = await add(ask);
    expect({ status, body }).toEqual(refused('This coupon cannot be redeemed again', { coupon_id }));
  });

  test('what cannot be understood', async () => {
    const { ask } = await flexprice();
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

  test('a coupon where there is no subscription', async () => {
    const { ask } = await flexprice();
    await ask('POST', '/coupons', PERCENT);
    expect(await add(ask, 'launch', 'sub_1')).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect((await ask('GET', '/subscriptions/sub_1')).status).toBe(404);
  });
});

describe('Flexprice takes at both ends of the window', () => {
  test.each(['redeem_after', 'redeem_before'])('%s', async (end) => {
    const { ask } = await flexprice();
    await ask('POST', '/coupons', { ...PERCENT, [end]: '2026-08-01T00:00:00Z' });
    expect((await add(ask)).status).toBe(200);
  });
});

describe('Flexprice removes a coupon', () => {
  test('only while it is there', async () => {
    const { ask, time } = await flexprice();
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

describe('Flexprice lists associations', () => {
  test('by subscription and coupon, with the next offset', async () => {
    const { ask, time } = await flexprice();
    const coupon = idOf(await ask('POST', '/coupons', PERCENT));
    for (const subscription of ['subs_1', 'subs_2', 'subs_3']) {
      await add(ask, 'launch', subscription);
      time.now += 1000;
    }
    const first = await associations(ask, 'limit=2');
    expect(first.items).toMatchObject([{ subscription_id: 'subs_3' }, { subscription_id: 'subs_2' }]);
    expect(first.pagination).toEqual({ total: 3, limit: 2, offset: 2 });
    expect((await associations(ask, 'limit=2&offset=2')).items).toMatchObject([{ subscription_id: 'subs_1' }]);
    expect((await associations(ask)).pagination).toEqual({ total: 3, limit: 50, offset: 50 });
    const both = await associations(ask, `subscription_ids=subs_1&subscription_ids=subs_2&coupon_ids=${coupon}`);
    expect(both.items).toHaveLength(2);
    expect((await associations(ask, 'subscription_ids=subs_1,subs_2')).items).toEqual([]);
  });

  test('without a limit when an offset comes without one', async () => {
    const { ask } = await flexprice();
    await ask('POST', '/coupons', PERCENT);
    for (let index = 0; index < 60; index += 1) await add(ask, 'launch', `subs_${index}`);
    const unlimited = await associations(ask, 'offset=5');
    expect(unlimited.items).toHaveLength(55);
    expect(unlimited.pagination).toEqual({ total: 60, limit: 0, offset: 5 });
    expect((await associations(ask)).items).toHaveLength(50);
  });

  test('that are active in a period, by default now', async () => {
    const { ask, time } = await flexprice();
    await ask('POST', '/coupons', PERCENT);
    await add(ask);
    time.now += 60_000;
    await remove(ask, await firstAssociation(ask));
    expect((await associations(ask, 'active_only=true')).items).toHaveLength(1);
    time.now += 1;
    expect((await associations(ask, 'active_only=true')).items).toEqual([]);
    const period = 'period_start=2026-08-01T00:00:30Z&period_end=2026-08-01T00:00:40Z';
    expect((await associations(ask, `active_only=true&${period}`)).items).toHaveLength(1);
    expect((await associations(ask, 'active_only=false')).items).toHaveLength(1);
  });

  test('and never one that ended as it began', async () => {
    const { ask } = await flexprice();
    await ask('POST', '/coupons', PERCENT);
    await add(ask);
    await remove(ask, await firstAssociation(ask));
    expect((await associations(ask, 'active_only=true')).items).toEqual([]);
  });

  test('but not for bad terms, and none by an unknown id', async () => {
    const { ask } = await flexprice();
    expect(await ask('GET', '/coupons/associations?expand=tenant')).toMatchObject({
      status: 400,
      body: { message: 'Field is not allowed to be expanded', details: { field: 'tenant' } },
    });
    const ids = Array.from({ length: 101 }, (_, index) => `coupon_ids=coupon_${index}`).join('&');
    expect(await ask('GET', `/coupons/associations?${ids}`)).toMatchObject({
      status: 400,
      body: { message: 'An unexpected error occurred' },
    });
    expect(await ask('GET', '/coupons/associations/none')).toMatchObject({
      status: 404,
      body: { message: 'Coupon association not found', details: { id: 'none' } },
    });
  });
});

describe('Flexprice knows the subscriptions', () => {
  test('that it was told, with their currency', async () => {
    const { ask } = await flexprice({
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
