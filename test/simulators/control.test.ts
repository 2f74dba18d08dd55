import { describe, expect, test } from 'vitest';
import { startChatdashSimulator } from '../../src/simulators/chatdash/index.ts';
import { startDuroSimulator } from '../../src/simulators/duro/index.ts';
import { startFlexpriceSimulator } from '../../src/simulators/flexprice/index.ts';
import type { Simulator } from '../../src/simulators/index.ts';
import { type Ask, chatdashClient, controlClient, duroClient, flexpriceClient, idOf, opened } from './client.ts';

const PATH = '/v1/promo-codes';
const LAUNCH = { code: 'LAUNCH50', discountType: 'percentage', discountValue: 50 };

async function duro(): Promise<{ simulator: Simulator; ask: Ask; control: Ask }> {
  const simulator = await opened(startDuroSimulator());
  return { simulator, ask: duroClient(simulator), control: controlClient(simulator) };
}

describe('the control call that lists calls', () => {
  test('returns all calls to the provider as received but without keys, including refused ones', async () => {
    const { ask, control } = await duro();
    await ask('POST', `${PATH}?a=1&b=%20?`, LAUNCH, { 'Idempotency-Key': 'intent-1' });
    await ask('PATCH', `${PATH}/a%2Fb`, '{"active":', { authorization: 'Bearer other' });
    const { status, body } = await control('GET', '/_sandbox/calls');
    expect(status).toBe(200);
    expect(body).toEqual([
      {
        method: 'POST',
        path: PATH,
        query: 'a=1&b=%20?',
        headers: expect.objectContaining({ 'idempotency-key': 'intent-1', authorization: '[key]' }),
        body: LAUNCH,
      },
      {
        method: 'PATCH',
        path: `${PATH}/a%2Fb`,
        query: '',
        headers: expect.objectContaining({ authorization: '[key]' }),
        body: '{"active":',
      },
    ]);
  });

  test('returns no body for a call without one', async () => {
    const { ask, control } = await duro();
    await ask('GET', `${PATH}/promo_none`);
    const { body } = await control('GET', '/_sandbox/calls');
    expect(body).toEqual([expect.not.objectContaining({ body: expect.anything() })]);
  });
});

describe('the control call that redeems', () => {
  test('counts one use by default, and lowers the remaining uses', async () => {
    const { ask, control } = await duro();
    const id = idOf(await ask('POST', PATH, { ...LAUNCH, maxRedemptions: 3 }));
    expect(await control('POST', '/_sandbox/redeem', { id })).toMatchObject({ status: 200, body: { id, uses: 1 } });
    expect((await ask('GET', `${PATH}/${id}`)).body).toMatchObject({ redeemedCount: 1, remaining: 2 });
  });

  test('is refused and counts nothing if the provider would refuse the use', async () => {
    const { simulator, ask, control } = await duro();
    const id = idOf(await ask('POST', PATH, { ...LAUNCH, maxRedemptions: 3 }));
    expect(await control('POST', '/_sandbox/redeem', { id, uses: 4 })).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining('would not let LAUNCH50 be used') },
    });
    expect(simulator.redeemed(id)).toBe(0);
  });

  test('never exceeds the maximum of a Flexprice coupon', async () => {
    const simulator = await opened(startFlexpriceSimulator());
    const coupon = { name: 'Launch', type: 'percentage', percentage_off: '15', cadence: 'once', max_redemptions: 3 };
    const id = idOf(await flexpriceClient(simulator)('POST', '/coupons', coupon));
    const control = controlClient(simulator);
    expect((await control('POST', '/_sandbox/redeem', { id, uses: 4 })).status).toBe(400);
    expect((await control('POST', '/_sandbox/redeem', { id, uses: 3 })).status).toBe(200);
    expect((await control('POST', '/_sandbox/redeem', { id })).status).toBe(400);
    expect(simulator.redeemed(id)).toBe(3);
  });

  test('counts a use of a Stripe code on its coupon too', async () => {
    const simulator = await opened(startChatdashSimulator());
    const ask = chatdashClient(simulator);
    const coupon = idOf(await ask('POST', '/coupons', { data: { percent_off: 5 } }));
    const id = idOf(await ask('POST', '/promotion-codes', { data: { coupon } }));
    expect((await controlClient(simulator)('POST', '/_sandbox/redeem', { id, uses: 2 })).status).toBe(200);
    expect([simulator.redeemed(id), simulator.redeemed(coupon)]).toEqual([2, 2]);
  });
});

describe('the control call that adds a fault', () => {
  test.each(['half-body', 'hang-up'])('does not affect control calls: %s', async (kind) => {
    const { ask, control } = await duro();
    await control('POST', '/_sandbox/faults', { kind });
    expect((await control('GET', '/_sandbox/calls')).status).toBe(200);
    await expect(ask('POST', PATH, LAUNCH)).rejects.toThrow();
    expect((await ask('POST', PATH, LAUNCH)).status).toBe(201);
  });

  test('keeps the provider silent until the faults are removed', async () => {
    const { simulator, ask, control } = await duro();
    await control('POST', '/_sandbox/faults', { kind: 'silence' });
    const silent = expect(ask('POST', PATH, LAUNCH)).rejects.toThrow();
    await expect.poll(() => simulator.calls.length, { interval: 1 }).toBe(1);
    await control('DELETE', '/_sandbox/faults');
    await silent;
    expect((await ask('POST', PATH, LAUNCH)).status).toBe(201);
  });

  test('can be undone before the fault strikes', async () => {
    const { ask, control } = await duro();
    await control('POST', '/_sandbox/faults', { kind: 'answer', status: 503 });
    await control('DELETE', '/_sandbox/faults');
    expect((await ask('POST', PATH, LAUNCH)).status).toBe(201);
  });

  test.each([
    ['a path that is not a regular expression', { kind: 'hang-up', path: '(' }],
    ['no times', { kind: 'hang-up', times: 0 }],
    ['a fault of a kind that does not exist', { kind: 'status', status: 503 }],
    ['a text that is not JSON', '{"kind":'],
    ['an empty body', undefined],
  ])('refuses %s', async (_, body) => {
    const { ask, control } = await duro();
    expect(await control('POST', '/_sandbox/faults', body)).toMatchObject({
      status: 400,
      body: { error: expect.any(String) },
    });
    expect((await ask('POST', PATH, LAUNCH)).status).toBe(201);
  });

  test.each([
    [{ kind: 'status' }, 'kind: must be answer, half-body, truncated-json, silence or hang-up'],
    [{ kind: 'answer', status: 7 }, 'status: Too small: expected number to be >=200'],
  ])('says in one line what is wrong with %j', async (body, error) => {
    const { control } = await duro();
    expect(await control('POST', '/_sandbox/faults', body)).toMatchObject({ status: 400, body: { error } });
  });
});
