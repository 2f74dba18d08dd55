import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFile } from '../../store/test-stores.ts';
import { startProcess } from '../../support/processes/gateway-process.ts';
import { openShop } from '../../support/shop.ts';
import { start, TAKEN } from './guessers.ts';

// Limits read the clock; timers stay real.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('failed attempts are limited', () => {
  it('per customer, with the time to retry, and are allowed again after it', async () => {
    // The windows of a server go by its own clock, which a test cannot move.
    const started = await start({ ATTEMPTS_WINDOW_SECONDS: '60' }, { store: createFile });
    const { gateway, shopOf, redeem, create, failing } = started;
    await create({ provider: 'DURO', code: 'GOOD' });
    expect(await failing(10, 'cus_one')).toEqual(['NOT_REDEEMABLE']);
    const calls = gateway.callsToProviders();
    for (const code of ['GUESS', 'GOOD']) {
      expect(await redeem(code, { customerId: 'cus_one' })).toMatchObject({
        reason: 'TOO_MANY_ATTEMPTS',
        retryAfterSeconds: 60,
        message: 'Too many codes were tried: wait a while.',
      });
    }
    expect(await shopOf('shop').quote({ code: 'GOOD', customerId: 'cus_one' })).toMatchObject({
      eligible: false,
      promoCode: null,
      refusal: { reason: 'TOO_MANY_ATTEMPTS' },
    });
    expect(gateway.callsToProviders()).toBe(calls);
    expect(await redeem('GOOD', { customerId: 'cus_two' })).toMatchObject(TAKEN);
    expect((await redeem('NONE', { customerId: 'cus_one' }, shopOf('desk'))).reason).toBe('NOT_FOUND');
    vi.setSystemTime(Date.now() + 60_000);
    expect(await redeem('GOOD', { customerId: 'cus_one' })).toMatchObject(TAKEN);
  });

  it('when they are sent in parallel as when they are sent in sequence', async () => {
    const { fail } = await start();
    const answers = await Promise.all(Array.from({ length: 200 }, () => fail('cus_one')));
    expect(answers.filter(({ reason }) => reason === 'NOT_REDEEMABLE')).toHaveLength(10);
    expect(answers.filter(({ reason }) => reason === 'TOO_MANY_ATTEMPTS')).toHaveLength(190);
  });

  it('and successful ones do not count', async () => {
    const { redeem, create, failing } = await start();
    await create({ provider: 'DURO', code: 'GOOD' });
    for (let uses = 0; uses < 20; uses += 1) {
      expect(await redeem('GOOD', { customerId: 'cus_one' })).toMatchObject(TAKEN);
    }
    expect(await failing(10, 'cus_one')).toEqual(['NOT_REDEEMABLE']);
  });

  it('across all processes together', async () => {
    const { gateway, keys, fail, failing } = await start();
    expect(await failing(7, 'cus_one')).toEqual(['NOT_REDEEMABLE']);
    const other = await startProcess({ ...gateway.variables, SYNC_SECONDS: '0' });
    const elsewhere = openShop({ ...gateway, run: other.run }, keys.of('shop'));
    const ask = async () => (await elsewhere.redeem({ code: 'X', customerId: 'cus_one' })).reason;
    try {
      const answers = [await ask(), await ask(), await ask(), await ask()];
      expect(answers).toEqual([...Array(3).fill('NOT_REDEEMABLE'), 'TOO_MANY_ATTEMPTS']);
      expect((await fail('cus_one')).reason).toBe('TOO_MANY_ATTEMPTS');
    } finally {
      await other.end('SIGTERM');
    }
  });

  it('per address of the customer, which only a trusted proxy states', async () => {
    const { failing } = await start({ TRUSTED_PROXIES: 'loopback', ATTEMPTS_PER_ADDRESS: '5' });
    const from = (addresses: string) => ({ 'x-forwarded-for': addresses });
    expect(await failing(5, undefined, from('203.0.113.7'))).toEqual(['NOT_REDEEMABLE']);
    for (const addresses of [
      '203.0.113.7',
      '198.51.100.1, 203.0.113.7',
      '203.0.113.7, 127.0.0.1',
      '::ffff:203.0.113.7',
    ]) {
      expect([addresses, await failing(1, 'cus_new', from(addresses))]).toEqual([addresses, ['TOO_MANY_ATTEMPTS']]);
    }
    expect(await failing(1, undefined, from('203.0.113.7, 198.51.100.1'))).toEqual(['NOT_REDEEMABLE']);
    expect(await failing(5, undefined, from('2001:db8::1'))).toEqual(['NOT_REDEEMABLE']);
    expect(await failing(1, undefined, from('2001:db8::ffff:2'))).toEqual(['TOO_MANY_ATTEMPTS']);
    expect(await failing(1, undefined, from('2001:db8:0:1::1'))).toEqual(['NOT_REDEEMABLE']);
  });

  it("but not per address of a shop's server behind a trusted proxy that names its customer", async () => {
    const { failing } = await start({ TRUSTED_PROXIES: 'loopback, 192.0.2.0/24', ATTEMPTS_PER_ADDRESS: '5' });
    const from = (addresses: string) => ({ 'x-forwarded-for': addresses });
    expect(await failing(20, undefined, from('192.0.2.8'))).toEqual(['NOT_REDEEMABLE']);
    expect(await failing(5, undefined, from('203.0.113.7, 192.0.2.8'))).toEqual(['NOT_REDEEMABLE']);
    expect(await failing(1, undefined, from('203.0.113.7, 192.0.2.8'))).toEqual(['TOO_MANY_ATTEMPTS']);
  });

  it("but not per address of a shop's own server: a used-up campaign locks nobody out", async () => {
    const { shopOf, redeem, create, failing } = await start({ ATTEMPTS_PER_ADDRESS: '5', ATTEMPTS_PER_CALLER: '200' });
    await create({ provider: 'DURO', code: 'CAMPAIGN', maxRedemptions: 1 });
    await redeem('CAMPAIGN');
    for (let customer = 0; customer < 100; customer += 1) {
      const by = shopOf('shop', { 'x-forwarded-for': '203.0.113.7' });
      expect((await redeem('CAMPAIGN', { customerId: `cus_${customer}` }, by)).reason).toBe('NOT_REDEEMABLE');
    }
    expect(await failing(100)).toEqual(['NOT_REDEEMABLE']);
    expect(await failing(1)).toEqual(['TOO_MANY_ATTEMPTS']);
  });
});
