import { describe, expect, it } from 'vitest';
import { duroClient } from '../../simulators/client.ts';
import { freshGateway } from '../../support/gateways.ts';
import { openShop } from '../../support/shop.ts';
import type { Json } from '../../support/start-gateway.ts';
import { PLENTY, start, TAKEN } from './guessers.ts';

describe('a caller that may not look codes up', () => {
  it('gets the same answer for every code that it cannot use, whatever the reason and the operation', async () => {
    const { shopOf, makeDeadCodes } = await start(PLENTY);
    const reasons = await makeDeadCodes();
    const { quote, redeem, hold } = shopOf('shop');
    const ways: [string, (input: Json) => Promise<Json>, Json][] = [
      ['a quote', quote, {}],
      ['a redemption', redeem, { idempotencyKey: 'same' }],
      ['a hold', hold, { idempotencyKey: 'same-hold' }],
      ['a subscription', redeem, { idempotencyKey: 'same-applied', subscriptionId: 'sub_1' }],
    ];
    for (const [way, use, more] of ways) {
      for (const customer of [{ customerId: 'cus_us' }, {}]) {
        const codesByAnswer = new Map<string, string[]>();
        for (const code of Object.keys(reasons)) {
          const answer = JSON.stringify(await use({ code, ...customer, ...more }));
          codesByAnswer.set(answer, [...(codesByAnswer.get(answer) ?? []), code]);
        }
        expect([way, [...codesByAnswer.values()]]).toEqual([way, [Object.keys(reasons)]]);
        expect([...codesByAnswer.keys()][0]).toContain('"reason":"NOT_REDEEMABLE"');
      }
    }
  });

  it('waits for the same number of provider calls for each of them, whatever the age of the stored answer', async () => {
    const { gateway, redeem, makeDeadCodes } = await start(PLENTY);
    const reasons = await makeDeadCodes();
    gateway.advance(120_000);
    // Duro would never answer a new read of a stored code, so the refusal does not wait for it.
    const silence = { kind: 'silence', times: Number.POSITIVE_INFINITY } as const;
    gateway.duro.fail(silence);
    gateway.chatdash.fail(silence);
    gateway.flexprice.fail({ ...silence, path: /search/ });
    for (const code of Object.keys(reasons)) {
      const lookUps = () => gateway.flexprice.calls.filter(({ path }) => path.includes(code)).length;
      const before = lookUps();
      for (const time of ['first', 'second']) {
        expect(await redeem(code, { customerId: 'cus_us' })).toMatchObject({ reason: 'NOT_REDEEMABLE' });
        expect([code, time, lookUps() - before]).toEqual([code, time, 1]);
      }
    }
    for (const provider of Object.values(gateway.simulators)) provider.heal();
  });

  it('gets its answer before the background read of the code, so that timing reveals nothing', async () => {
    const gate = Promise.withResolvers<void>();
    const { gateway, redeem, create } = await start({}, { sleep: () => gate.promise });
    await create({ provider: 'DURO', code: 'DEAD', customerId: 'cus_them' });
    await redeem('NONE', { customerId: 'cus_us' });
    const calls = () => [gateway.duro, gateway.flexprice, gateway.chatdash].map((provider) => provider.calls.length);
    const [atDuro = 0, atFlexprice = 0, atChatdash] = calls();
    expect(await redeem('DEAD', { customerId: 'cus_us' })).toMatchObject({ reason: 'NOT_REDEEMABLE' });
    // Flexprice gets the same look-up as for an unknown code.
    expect(calls()).toEqual([atDuro, atFlexprice + 1, atChatdash]);
    gate.resolve();
    await gateway.gateway.reads.settled();
    expect(calls()).toEqual([atDuro + 1, atFlexprice + 1, atChatdash]);
  });

  it('redeems valid codes, and learns what is missing from an order', async () => {
    const { redeem, create } = await start();
    await create({ provider: 'STRIPE_CONNECT', code: 'GOOD', minimumOrder: { minorUnits: 1000, currency: 'USD' } });
    const order = (minorUnits: number) => ({ order: { amount: { minorUnits, currency: 'USD' } } });
    expect(await redeem('GOOD', order(400))).toMatchObject({
      reason: 'MINIMUM_NOT_MET',
      shortfall: { minorUnits: 600 },
    });
    expect(await redeem('GOOD', order(1000))).toMatchObject(TAKEN);
    await create({ provider: 'DURO', code: 'OURS', customerId: 'cus_us' });
    expect(await redeem('OURS', { customerId: 'cus_us' })).toMatchObject(TAKEN);
  });

  it('redeems at the second try at the latest a code that was switched on again at its provider', async () => {
    const { gateway, shopOf, redeem, create } = await start();
    const { id, providerId } = await create({ provider: 'DURO', code: 'AGAIN' });
    await shopOf('owner').update({ id, active: false });
    await duroClient(gateway.duro)(
      'PATCH',
      `/v1/promo-codes/${providerId}`,
      { active: true },
      { 'idempotency-key': 'on' },
    );
    gateway.advance(120_000);
    await redeem('AGAIN');
    await gateway.gateway.reads.settled();
    expect(await redeem('AGAIN')).toMatchObject(TAKEN);
  });

  it('cannot tell an expired code from an unknown one while a provider that may know it is unavailable', async () => {
    const { gateway, redeem, makeDeadCodes } = await start();
    await makeDeadCodes();
    gateway.advance(120_000);
    gateway.flexprice.fail({ kind: 'answer', status: 503, times: Number.POSITIVE_INFINITY });
    const unknown = await redeem('NEVER', { customerId: 'cus_us' });
    expect(unknown).toMatchObject({ reason: 'CANNOT_VERIFY' });
    for (const code of ['DUR-OVER', 'STR-USED', 'DUR-THEIRS', 'FLE-OFF']) {
      expect([code, await redeem(code, { customerId: 'cus_us' })]).toEqual([code, unknown]);
    }
  });
});

describe('a caller that may look codes up', () => {
  it('gets the reason, and is never refused for too many attempts', async () => {
    const { shopOf, redeem, makeDeadCodes } = await start({ ATTEMPTS_PER_CUSTOMER: '1', ATTEMPTS_PER_CALLER: '1' });
    const reasons = await makeDeadCodes();
    for (const [code, reason] of Object.entries(reasons)) {
      expect([code, (await redeem(code, { customerId: 'cus_us' }, shopOf('desk'))).reason]).toEqual([code, reason]);
    }
  });

  it('is any caller on this machine if no keys are configured', async () => {
    const gateway = await freshGateway({ settings: { ATTEMPTS_PER_CUSTOMER: '1' } });
    const { redeem } = openShop(gateway);
    for (let tries = 0; tries < 3; tries += 1) {
      expect(await redeem({ code: 'NONE', customerId: 'cus_us' })).toMatchObject({ reason: 'NOT_FOUND' });
    }
  });
});
