import { describe, expect, test } from 'vitest';
import { idOf } from '../client.ts';
import { add, associations, firstAssociation, openFlexprice, PERCENT, remove } from './open-flexprice.ts';

describe('Flexprice lists associations', () => {
  test('by subscription and coupon, with the next offset', async () => {
    const { ask, time } = await openFlexprice();
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
    expect((await associations(ask, 'subscription_phase_ids=subs_phase_1')).items).toEqual([]);
  });

  test('without a limit when an offset comes without one', async () => {
    const { ask } = await openFlexprice();
    await ask('POST', '/coupons', PERCENT);
    for (let index = 0; index < 60; index += 1) await add(ask, 'launch', `subs_${index}`);
    const unlimited = await associations(ask, 'offset=5');
    expect(unlimited.items).toHaveLength(55);
    expect(unlimited.pagination).toEqual({ total: 60, limit: 0, offset: 5 });
    expect((await associations(ask)).items).toHaveLength(50);
  });

  test('that are active in a period, by default now', async () => {
    const { ask, time } = await openFlexprice();
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

  test('but never one that ended at its start', async () => {
    const { ask } = await openFlexprice();
    await ask('POST', '/coupons', PERCENT);
    await add(ask);
    await remove(ask, await firstAssociation(ask));
    expect((await associations(ask, 'active_only=true')).items).toEqual([]);
  });

  test('but not with invalid parameters, and not with an unknown id', async () => {
    const { ask } = await openFlexprice();
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
