import { describe, expect, test } from 'vitest';
import { idOf } from '../client.ts';
import { openFlexprice } from './open-flexprice.ts';

const PERCENT = { name: 'Launch', type: 'percentage', percentage_off: '15', cadence: 'once' };
const FIXED = { name: 'Ten off', type: 'fixed', amount_off: '10', currency: 'usd', cadence: 'once' };

describe('Flexprice refuses to create', () => {
  test.each([
    ['no JSON', '{"name":', 'Invalid request format'],
    ['an empty body', undefined, 'Invalid request format'],
    ['a list', [], 'Invalid request format'],
    ['a count as text', { ...PERCENT, max_redemptions: '5' }, 'Invalid request format'],
    ['a fractional count', { ...PERCENT, max_redemptions: 1.5 }, 'Invalid request format'],
    ['an invalid decimal', { ...PERCENT, percentage_off: 'abc' }, 'Invalid request format'],
    ['an empty decimal', { ...PERCENT, percentage_off: '' }, 'Invalid request format'],
    ['a decimal with a space', { ...PERCENT, percentage_off: ' 5' }, 'Invalid request format'],
    ['a date without a time', { ...PERCENT, redeem_before: '2026-01-01' }, 'Invalid request format'],
    ['a time without a zone', { ...PERCENT, redeem_before: '2026-01-01T00:00:00' }, 'Invalid request format'],
    ['a time without seconds', { ...PERCENT, redeem_before: '2026-01-01T00:00Z' }, 'Invalid request format'],
    ['metadata with numbers', { ...PERCENT, metadata: { a: 1 } }, 'Invalid request format'],
    ['null', 'null', 'Please provide a coupon name'],
    ['nothing', {}, 'Please provide a coupon name'],
    ['no type', { name: 'x' }, 'Please provide a discount type (fixed or percentage)'],
    ['no amount', { name: 'x', type: 'fixed' }, 'Please provide a valid discount amount'],
    ['an amount of 0', { ...FIXED, amount_off: '0' }, 'Please provide a valid discount amount'],
    ['no percentage', { name: 'x', type: 'percentage' }, 'Please provide a valid discount percentage'],
    ['0 %', { ...PERCENT, percentage_off: '0' }, 'Please provide a valid percentage between 0 and 100'],
    ['101 %', { ...PERCENT, percentage_off: '100.01' }, 'Please provide a valid percentage between 0 and 100'],
    [
      'an end before the start',
      { ...PERCENT, redeem_after: '2026-02-01T00:00:00Z', redeem_before: '2026-01-01T00:00:00Z' },
      'Please provide valid date range',
    ],
    [
      'repeated without periods',
      { ...PERCENT, cadence: 'repeated' },
      'Please specify how many billing periods this coupon should apply to',
    ],
    [
      'repeated for 0 periods',
      { ...PERCENT, cadence: 'repeated', duration_in_periods: 0 },
      'Please provide a valid number of billing periods',
    ],
    [
      'once for 3 periods',
      { ...PERCENT, duration_in_periods: 3 },
      'Duration in periods is only applicable for repeated cadence',
    ],
  ])('%s', async (_, body, message) => {
    const { ask } = await openFlexprice();
    const reply = await ask('POST', '/coupons', body);
    expect(reply.status).toBe(400);
    expect(reply.body).toEqual({ code: 'validation_error', message, http_status_code: 400 });
  });

  test.each([0, 1_000_001])('a maximum of %i, with the limit in the details', async (maximum) => {
    const { ask } = await openFlexprice();
    const { status, body } = await ask('POST', '/coupons', { ...PERCENT, max_redemptions: maximum });
    expect(status).toBe(400);
    expect(body).toMatchObject({ details: { max_redemptions: maximum, limit: 1_000_000 } });
    expect((await ask('POST', '/coupons', { ...PERCENT, max_redemptions: 1_000_000 })).status).toBe(201);
  });

  test('the code of a published coupon, in any case, until that coupon is archived', async () => {
    const { ask } = await openFlexprice();
    const first = idOf(await ask('POST', '/coupons', { ...PERCENT, coupon_code: 'save10' }));
    const { status, body } = await ask('POST', '/coupons', { ...PERCENT, coupon_code: 'SAVE10' });
    expect(status).toBe(409);
    expect(body).toEqual({
      code: 'already_exists',
      message: 'A published coupon with this code already exists in this environment',
      http_status_code: 409,
      details: { name: 'Launch', coupon_code: 'SAVE10' },
    });
    await ask('DELETE', `/coupons/${first}`);
    expect((await ask('POST', '/coupons', { ...PERCENT, coupon_code: 'SAVE10' })).status).toBe(201);
  });

  test.each([
    ['a name of 256 characters', { name: 'x'.repeat(256) }],
    ['a code of 101 characters', { coupon_code: 'x'.repeat(101) }],
    ['a currency of 11 characters', { type: 'fixed', amount_off: '1', currency: 'x'.repeat(11) }],
    ['an amount too large for the column', { type: 'fixed', amount_off: '1000000000000' }],
    ['no cadence', { cadence: '' }],
  ])('%s, with a database error', async (_, change) => {
    const { ask } = await openFlexprice();
    const { status, body } = await ask('POST', '/coupons', { ...PERCENT, ...change });
    expect(status).toBe(500);
    expect(body).toEqual({ code: 'database_error', message: 'Failed to create coupon', http_status_code: 500 });
  });
});
