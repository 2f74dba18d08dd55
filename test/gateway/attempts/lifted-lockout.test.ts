import { describe, expect, it } from 'vitest';
import { openShop } from '../../support/shop.ts';
import type { Json, RunningGateway } from '../../support/start-gateway.ts';
import { TAKEN } from './guessers.ts';
import { fail, failAs, keys, LIMIT, REFUSED, SHUT_OUT, start } from './slowed-shop.ts';

describe('an operator can lift a lockout', () => {
  const forget = async (gateway: RunningGateway, input: Json, name: 'ops' | 'bound' = 'ops'): Promise<Json> => {
    const query = `mutation ($input: ForgetFailedAttemptsInput!) { forgetFailedAttempts(input: $input) {
      ... on ForgetFailedAttemptsPayload { count } ... on PromotionInputError { issues { path message } } } }`;
    return (await gateway.run(query, { input }, keys.of(name))).forgetFailedAttempts;
  };

  it('of a customer for all callers, and the list of attempts stays', async () => {
    const { gateway, shop, other } = await start({ ATTEMPTS_PER_CALLER: '1000' });
    await failAs('c', shop);
    await failAs('c', other);
    await failAs('d', shop);
    expect(await forget(gateway, { customerId: 'c' })).toEqual({ count: 20 });
    for (const one of [shop, other]) expect(await one.redeem({ code: 'GOOD', customerId: 'c' })).toMatchObject(TAKEN);
    expect(await shop.redeem({ code: 'GOOD', customerId: 'd' })).toMatchObject(SHUT_OUT);
    expect(await forget(gateway, { customerId: 'c' })).toEqual({ count: 0 });
    const list = await gateway.run('{ failedAttempts { totalCount } }', {}, keys.of('ops'));
    expect(list.failedAttempts?.totalCount).toBe(30);
  });

  it('of a caller, for both of its limits', async () => {
    const { gateway, slowed, shop } = await start();
    await shop.redeem({ code: 'GOOD', customerId: 'known' });
    await failAs('known', shop);
    await fail(LIMIT, shop);
    expect(await forget(gateway, { caller: 'shop' })).toEqual({ count: LIMIT + 10 });
    slowed.delays = [];
    expect(await fail(1, shop)).toMatchObject([REFUSED]);
    expect(slowed.delays).toEqual([]);
  });

  it('of an address and of the network around it', async () => {
    const { gateway } = await start({
      ATTEMPTS_PER_CALLER: '1000',
      ATTEMPTS_PER_ADDRESS: '2',
      TRUSTED_PROXIES: 'loopback',
    });
    const from = (address: string) => openShop(gateway, { ...keys.of('shop'), 'x-forwarded-for': address });
    expect(await fail(3, from('203.0.113.7:80'))).toMatchObject([REFUSED, REFUSED, SHUT_OUT]);
    expect(await forget(gateway, { address: '203.0.113.7' })).toEqual({ count: 2 });
    expect(await fail(1, from('203.0.113.7'))).toMatchObject([REFUSED]);
    // A /48 network has five times the limit of an address, even if each attempt comes from another /64.
    for (let net = 0; net < 10; net += 1) expect(await fail(1, from(`2001:db8:1:${net}::1`))).toMatchObject([REFUSED]);
    expect(await fail(1, from('2001:db8:1:ffff::1'))).toMatchObject([SHUT_OUT]);
    expect(await fail(1, from('2001:db8:2::1'))).toMatchObject([REFUSED]);
    expect(await forget(gateway, { address: '2001:db8:1:1::/64' })).toEqual({ count: 11 });
    expect(await fail(1, from('2001:db8:1:ffff::1'))).toMatchObject([REFUSED]);
  });

  it('of a caller with the longest possible name', async () => {
    const { gateway } = await start();
    expect(await forget(gateway, { caller: `token:${'x'.repeat(255)}` })).toEqual({ count: 0 });
  });

  it('only by naming exactly one valid customer, address or caller', async () => {
    const { gateway } = await start();
    const wrong = { issues: [{ path: ['input'], message: 'must name exactly one of customerId, address and caller' }] };
    for (const input of [{}, { customerId: 'c', caller: 'shop' }, { address: null }]) {
      expect(await forget(gateway, input)).toEqual(wrong);
    }
    expect(await forget(gateway, { address: 'nowhere' })).toMatchObject({ issues: [{ path: ['input', 'address'] }] });
  });

  it('only for attempts at its own accounts if its key is bound to accounts', async () => {
    const { gateway, shop } = await start({ ATTEMPTS_PER_CALLER: '1000' });
    const bound = openShop(gateway, keys.of('bound'));
    for (let tries = 0; tries < 3; tries += 1) await bound.quote({ code: `NONE-${tries}`, customerId: 'c' });
    await failAs('c', shop);
    expect(await forget(gateway, { customerId: 'c' }, 'bound')).toEqual({ count: 3 });
    expect(await shop.redeem({ code: 'GOOD', customerId: 'c' })).toMatchObject(SHUT_OUT);
    expect(await forget(gateway, { caller: 'bound' }, 'bound')).toEqual({ count: 3 });
    for (const input of [{ caller: 'shop' }, { address: '203.0.113.7' }]) {
      const [field] = Object.keys(input);
      expect(await forget(gateway, input, 'bound')).toMatchObject({ issues: [{ path: ['input', field] }] });
    }
  });
});
