import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { startFlexpriceSimulator } from '../../../src/simulators/flexprice/index.ts';
import { type Ask, flexpriceClient, idOf, opened, type Reply } from '../client.ts';

const PERCENT = { name: 'Launch', type: 'percentage', percentage_off: '15', cadence: 'once' };

/** Creates three coupons, one second apart: alpha, beta (5 %), gamma. */
async function threeCoupons() {
  let now = Date.parse('2026-08-01T00:00:00Z');
  const simulator = await opened(startFlexpriceSimulator({ clock: () => now }));
  const ask = flexpriceClient(simulator);
  const ids: string[] = [];
  for (const [name, percentage_off] of [
    ['alpha', '15'],
    ['beta', '5'],
    ['gamma', '15'],
  ]) {
    ids.push(idOf(await ask('POST', '/coupons', { ...PERCENT, name, percentage_off, coupon_code: name })));
    now += 1000;
  }
  return { ask, ids };
}

function names({ body }: Reply): string[] {
  return z
    .object({ items: z.array(z.object({ name: z.string() })) })
    .parse(body)
    .items.map(({ name }) => name);
}

function pagination({ body }: Reply): unknown {
  return Object(body).pagination;
}

const search = (ask: Ask, body: unknown) => ask('POST', '/coupons/search', body);

describe('Flexprice searches', () => {
  test('newest first, fifty at a time, with the requested offset', async () => {
    const { ask } = await threeCoupons();
    const all = await search(ask, {});
    expect(all.status).toBe(200);
    expect(names(all)).toEqual(['gamma', 'beta', 'alpha']);
    expect(pagination(all)).toEqual({ total: 3, limit: 50, offset: 0 });
    const second = await search(ask, { limit: 2, offset: 2 });
    expect(names(second)).toEqual(['alpha']);
    expect(pagination(second)).toEqual({ total: 3, limit: 2, offset: 2 });
    expect(pagination(await search(ask, { limit: 0 }))).toMatchObject({ limit: 50 });
  });

  test('oldest first on request, after the requested sorting', async () => {
    const { ask } = await threeCoupons();
    expect(names(await search(ask, { order: 'asc' }))).toEqual(['alpha', 'beta', 'gamma']);
    const sort = [{ field: 'percentage_off', direction: 'desc' }];
    expect(names(await search(ask, { sort, order: 'asc' }))).toEqual(['beta', 'alpha', 'gamma']);
  });

  test('published coupons by default', async () => {
    const { ask, ids } = await threeCoupons();
    await ask('DELETE', `/coupons/${ids[1]}`);
    expect(names(await search(ask, {}))).toEqual(['gamma', 'alpha']);
    expect(names(await search(ask, { status: 'archived' }))).toEqual(['beta']);
    expect(names(await search(ask, { status: 'active' }))).toEqual([]);
  });

  test('by ids, and by codes in lower case only', async () => {
    const { ask, ids } = await threeCoupons();
    expect(names(await search(ask, { coupon_ids: [ids[0], 'coupon_none'] }))).toEqual(['alpha']);
    expect(names(await search(ask, { coupon_codes: ['alpha', 'gamma'] }))).toEqual(['gamma', 'alpha']);
    expect(names(await search(ask, { coupon_codes: ['ALPHA'] }))).toEqual([]);
  });

  test.each([
    [{ field: 'name', operator: 'eq', data_type: 'string', value: { string: 'beta' } }, ['beta']],
    [{ field: 'name', operator: 'eq', data_type: 'string', value: { string: 'Beta' } }, []],
    [{ field: 'name', operator: 'contains', data_type: 'string', value: { string: 'A' } }, ['gamma', 'beta', 'alpha']],
    [{ field: 'name', operator: 'not_contains', data_type: 'string', value: { string: 'MM' } }, ['beta', 'alpha']],
    [{ field: 'name', operator: 'in', data_type: 'array', value: { array: ['alpha', 'beta'] } }, ['beta', 'alpha']],
    [{ field: 'name', operator: 'not_in', data_type: 'array', value: { array: ['alpha', 'beta'] } }, ['gamma']],
    [{ field: 'name', operator: 'eq', data_type: 'array', value: { array: ['alpha'] } }, []],
    [{ field: 'percentage_off', operator: 'gt', data_type: 'number', value: { number: 5 } }, ['gamma', 'alpha']],
    [{ field: 'percentage_off', operator: 'lt', data_type: 'number', value: { number: 15 } }, ['beta']],
    [
      { field: 'percentage_off', operator: 'gte', data_type: 'number', value: { number: 99 } },
      ['gamma', 'beta', 'alpha'],
    ],
    [{ field: 'max_redemptions', operator: 'lt', data_type: 'number', value: { number: 9 } }, []],
    [{ field: 'created_at', operator: 'after', data_type: 'date', value: { date: '2026-08-01T00:00:01Z' } }, ['gamma']],
    [
      { field: 'created_at', operator: 'before', data_type: 'date', value: { date: '2026-08-01T00:00:01Z' } },
      ['alpha'],
    ],
  ])('with the filter %o', async (filter, expected) => {
    const { ask } = await threeCoupons();
    expect(names(await search(ask, { filters: [filter] }))).toEqual(expected);
  });

  test('with all filters at once', async () => {
    const { ask } = await threeCoupons();
    const filters = [
      { field: 'percentage_off', operator: 'eq', data_type: 'number', value: { number: 15 } },
      { field: 'name', operator: 'contains', data_type: 'string', value: { string: 'l' } },
    ];
    expect(names(await search(ask, { filters }))).toEqual(['alpha']);
  });

  test.each([
    [{ limit: 1001 }, { limit: 'must be between 1 and 1000' }],
    [{ limit: -1 }, { limit: 'must be between 1 and 1000' }],
    [{ offset: -1 }, { offset: 'must not be negative' }],
    [{ order: 'up' }, { order: 'must be asc or desc' }],
  ])('never with %o, and gives the reason in the details only', async (body, details) => {
    const { ask } = await threeCoupons();
    expect((await search(ask, body)).body).toEqual({
      code: 'validation_error',
      message: 'An unexpected error occurred',
      http_status_code: 400,
      details,
    });
  });

  test.each([
    ['an empty body', undefined],
    ['a sort as text', { sort: 'name' }],
    ['a filter without a type', { filters: [{ field: 'name', operator: 'eq', value: { string: 'x' } }] }],
    [
      'a filter for a flag',
      { filters: [{ field: 'name', operator: 'eq', data_type: 'string', value: { boolean: true } }] },
    ],
    [
      'a date without seconds',
      {
        filters: [{ field: 'created_at', operator: 'after', data_type: 'date', value: { date: '2026-08-01T00:00Z' } }],
      },
    ],
    [
      'an unknown operator',
      { filters: [{ field: 'name', operator: 'like', data_type: 'string', value: { string: 'x' } }] },
    ],
  ])('never with %s', async (_, body) => {
    const { ask } = await threeCoupons();
    expect((await search(ask, body)).status).toBe(400);
  });
});

describe('Flexprice lists', () => {
  test('with the same parameters in the query, and lists as repeated names', async () => {
    const { ask, ids } = await threeCoupons();
    const listed = await ask('GET', `/coupons?coupon_ids=${ids[0]}&coupon_ids=${ids[2]}&order=asc&limit=1&offset=1`);
    expect(names(listed)).toEqual(['gamma']);
    expect(pagination(listed)).toEqual({ total: 2, limit: 1, offset: 1 });
    expect(names(await ask('GET', `/coupons?coupon_ids=${ids[0]},${ids[2]}`))).toEqual([]);
    expect(names(await ask('GET', '/coupons?coupon_codes=beta&status=published'))).toEqual(['beta']);
  });

  test('never with a sort, or with a limit that is not a number', async () => {
    const { ask } = await threeCoupons();
    expect((await ask('GET', '/coupons?sort=name')).status).toBe(400);
    expect((await ask('GET', '/coupons?limit=ten')).status).toBe(400);
    expect((await ask('GET', '/coupons?limit=2000')).status).toBe(400);
  });
});
