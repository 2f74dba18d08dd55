import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { startChatdashSimulator } from '../../src/simulators/chatdash/index.ts';
import { startDuroSimulator } from '../../src/simulators/duro/index.ts';
import { startFlexpriceSimulator } from '../../src/simulators/flexprice/index.ts';
import { chatdashClient, duroClient, flexpriceClient, idOf, opened, temporaryFile } from './client.ts';

const LAUNCH = { code: 'LAUNCH50', discountType: 'percentage', discountValue: 50 };
const PERCENT = { name: 'Launch', type: 'percentage', percentage_off: '15', cadence: 'once', coupon_code: 'launch' };

describe('a restart with the same file', () => {
  test('restores idempotency records, changes and the order of creation', async () => {
    const stateFile = temporaryFile();
    const first = await startDuroSimulator({ stateFile, clock: () => 1_000 });
    const ask = duroClient(first);
    const made = await ask('POST', '/v1/promo-codes', LAUNCH, { 'idempotency-key': 'intent-1' });
    await ask('POST', '/v1/promo-codes', { ...LAUNCH, code: 'SECOND' });
    const path = `/v1/promo-codes/${idOf(made)}`;
    await ask('PATCH', path, { active: false });
    await first.close();

    const again = duroClient(await opened(startDuroSimulator({ stateFile, switches: { list: 'present' } })));
    expect((await again('POST', '/v1/promo-codes', LAUNCH, { 'idempotency-key': 'intent-1' })).body).toEqual(made.body);
    expect((await again('GET', path)).body).toEqual({ ...Object(made.body), active: false });
    expect(Object((await again('GET', '/v1/promo-codes')).body).items).toHaveLength(2);
  });

  test('restores the associations of subscriptions', async () => {
    const stateFile = temporaryFile();
    const first = await startFlexpriceSimulator({ stateFile });
    await flexpriceClient(first)('POST', '/coupons', PERCENT);
    const add = { type: 'coupon', coupon_params: { action: 'add', coupon_code: 'launch' } };
    await flexpriceClient(first)('POST', '/subscriptions/subs_1/modify/execute', add);
    const before = await flexpriceClient(first)('GET', '/coupons/associations');
    await first.close();

    const again = flexpriceClient(await opened(startFlexpriceSimulator({ stateFile })));
    expect((await again('GET', '/coupons/associations')).body).toEqual(before.body);
    expect((await again('POST', '/subscriptions/subs_1/modify/execute', add)).status).toBe(400);
  });

  test('keeps inactive codes inactive, even if the clock was set back', async () => {
    const stateFile = temporaryFile();
    const start = Date.parse('2026-08-01T00:00:00Z');
    let now = start;
    const first = await startChatdashSimulator({ stateFile, clock: () => now });
    const ask = chatdashClient(first);
    const coupon = idOf(await ask('POST', '/coupons', { data: { percent_off: 5 } }));
    const data = { coupon, code: 'SOON', expires_at: start / 1000 + 60 };
    await ask('POST', '/promotion-codes', { data });
    now += 60_000;
    const path = `/coupons/${coupon}/promotion-codes`;
    expect((await ask('GET', path)).body).toMatchObject({ data: [{ active: false }] });
    await first.close();

    const again = chatdashClient(await opened(startChatdashSimulator({ stateFile, clock: () => start })));
    expect((await again('GET', path)).body).toMatchObject({ data: [{ code: 'SOON', active: false }] });
  });

  test('restores the order of creation, even if an object was changed', async () => {
    const stateFile = temporaryFile();
    const first = await startChatdashSimulator({ stateFile });
    const ask = chatdashClient(first);
    for (const id of ['m', 'z', 'a', 'q', 'b']) await ask('POST', '/coupons', { data: { id, percent_off: 5 } });
    await ask('PUT', '/coupons/z', { data: { name: 'Changed' } });
    await first.close();

    const again = chatdashClient(await opened(startChatdashSimulator({ stateFile })));
    await again('POST', '/coupons', { data: { id: 'c', percent_off: 5 } });
    const order = ['c', 'b', 'q', 'a', 'z', 'm'].map((id) => expect.objectContaining({ id }));
    expect((await again('GET', '/coupons')).body).toMatchObject({ data: order });
  });

  test('works with the same port', async () => {
    const stateFile = temporaryFile();
    const first = await startDuroSimulator({ stateFile });
    const id = idOf(await duroClient(first)('POST', '/v1/promo-codes', LAUNCH));
    await first.close();
    const port = Number(new URL(first.url).port);
    const second = await opened(startDuroSimulator({ stateFile, port }));
    expect(second.url).toBe(first.url);
    expect((await duroClient(first)('GET', `/v1/promo-codes/${id}`)).status).toBe(200);
  });
});

test('three providers share a file and do not see each other', async () => {
  const stateFile = temporaryFile();
  const duro = await opened(startDuroSimulator({ stateFile }));
  const flexprice = await opened(startFlexpriceSimulator({ stateFile }));
  const chatdash = await opened(startChatdashSimulator({ stateFile }));
  await Promise.all([
    duroClient(duro)('POST', '/v1/promo-codes', LAUNCH),
    flexpriceClient(flexprice)('POST', '/coupons', PERCENT),
    chatdashClient(chatdash)('POST', '/coupons', { data: { percent_off: 5 } }),
  ]);
  const database = new Database(stateFile, { readonly: true });
  const count = database.prepare('SELECT provider, count(*) AS documents FROM documents GROUP BY provider');
  expect(count.all()).toEqual([
    { provider: 'chatdash', documents: 1 },
    { provider: 'duro', documents: 1 },
    { provider: 'flexprice', documents: 1 },
  ]);
  database.close();
});

test('the file contains everything that was answered', async () => {
  const stateFile = temporaryFile();
  const simulator = await opened(startDuroSimulator({ stateFile }));
  const id = idOf(await duroClient(simulator)('POST', '/v1/promo-codes', LAUNCH));
  const database = new Database(stateFile, { readonly: true });
  expect(database.prepare('SELECT id FROM documents').all()).toEqual([{ id }]);
  database.close();
});

test('a simulator does not start with a document that does not match the schema', async () => {
  const stateFile = temporaryFile();
  const first = await startDuroSimulator({ stateFile });
  await duroClient(first)('POST', '/v1/promo-codes', LAUNCH);
  await first.close();
  const database = new Database(stateFile);
  database.prepare(`UPDATE documents SET body = '{"id":"x"}'`).run();
  database.close();
  await expect(startDuroSimulator({ stateFile })).rejects.toThrow('createdAt');
});

test('without a file nothing survives a restart', async () => {
  const first = await startDuroSimulator();
  const id = idOf(await duroClient(first)('POST', '/v1/promo-codes', LAUNCH));
  await first.close();
  const second = await opened(startDuroSimulator());
  expect((await duroClient(second)('GET', `/v1/promo-codes/${id}`)).status).toBe(404);
});
