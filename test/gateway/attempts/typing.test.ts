import { describe, expect, it } from 'vitest';
import { MOST_TEXTS } from '../../../src/domain/codes/typing.ts';
import { openShop, type Shop } from '../../support/shop.ts';
import { fail, keys, REFUSED, SHUT_OUT, start } from './slowed-shop.ts';

const ONE_ATTEMPT = { ATTEMPTS_PER_CUSTOMER: '1' };

/** Quotes each text for one customer, one after the other. @returns the distinct reasons */
async function type(texts: readonly string[], shop: Shop, customerId: string | null = 'c'): Promise<string[]> {
  const reasons = new Set<string>();
  for (const code of texts) reasons.add((await shop.quote({ code, customerId })).refusal?.reason ?? 'ELIGIBLE');
  return [...reasons];
}

/** What a quote box sends while somebody types a code. */
function lettersOf(code: string): string[] {
  return Array.from(code, (_, index) => code.slice(0, index + 1));
}

describe('a code that is typed into a quote box letter by letter', () => {
  it('is one attempt', async () => {
    const { shop } = await start(ONE_ATTEMPT);
    expect(await type(lettersOf('SUMMER-SALE'), shop)).toEqual([REFUSED.reason]);
    expect(await type(['WINTER'], shop)).toEqual([SHUT_OUT.reason]);
  });

  it('can be found at the end, although the beginning was the last attempt', async () => {
    const { shop } = await start(ONE_ATTEMPT);
    expect(await type(lettersOf('good'), shop)).toEqual([REFUSED.reason, 'ELIGIBLE']);
  });

  it('stays one attempt when letters are taken back and typed again, in any case', async () => {
    const { shop } = await start(ONE_ATTEMPT);
    const texts = [...lettersOf('SUMM'), 'SUM', 'SU', 'su', 'Sum', 'SUMM', 'summe'];
    expect(await type(texts, shop)).toEqual([REFUSED.reason]);
  });

  it('counts again on another branch', async () => {
    const { shop } = await start({ ATTEMPTS_PER_CUSTOMER: '2' });
    expect(await type([...lettersOf('SALE10'), 'SALE1', 'SALE11'], shop)).toEqual([REFUSED.reason]);
    expect(await type(['SALE12'], shop)).toEqual([SHUT_OUT.reason]);
  });

  it('counts again after a pause of some seconds', async () => {
    const { gateway, shop } = await start(ONE_ATTEMPT);
    await type(['SAL'], shop);
    gateway.advance(5000);
    expect(await type(['SALE'], shop)).toEqual([REFUSED.reason]);
    gateway.advance(5001);
    expect(await type(['SALES'], shop)).toEqual([SHUT_OUT.reason]);
  });

  it(`has at most ${MOST_TEXTS} texts`, async () => {
    const { shop } = await start(ONE_ATTEMPT);
    const texts = lettersOf('A'.repeat(MOST_TEXTS + 1));
    expect(await type(texts.slice(0, MOST_TEXTS), shop)).toEqual([REFUSED.reason]);
    expect(await type(texts.slice(MOST_TEXTS), shop)).toEqual([SHUT_OUT.reason]);
  });

  it('belongs to one customer of one caller', async () => {
    const { shop, other } = await start(ONE_ATTEMPT);
    await type(['SALE'], shop, 'spent');
    await type(['WINTER'], other, 'spent');
    for (const [text, by] of [
      ['WINTERS', shop],
      ['SALES', other],
    ] as const) {
      expect(await type([text], by, 'spent')).toEqual([SHUT_OUT.reason]);
    }
  });

  it('is one attempt of a guest at an address, too', async () => {
    const { gateway } = await start({ ATTEMPTS_PER_ADDRESS: '1', TRUSTED_PROXIES: 'loopback' });
    const from = (address: string) => openShop(gateway, { ...keys.of('shop'), 'x-forwarded-for': address });
    expect(await type(lettersOf('SALE'), from('203.0.113.7'), null)).toEqual([REFUSED.reason]);
    expect(await type(['SALES'], from('203.0.113.8'), null)).toEqual([REFUSED.reason]);
    expect(await type(['WINTER'], from('203.0.113.7'), null)).toEqual([SHUT_OUT.reason]);
  });

  it('gives nothing to a caller that redeems each text', async () => {
    const { shop } = await start(ONE_ATTEMPT);
    expect(await shop.redeem({ code: 'SAL', customerId: 'c' })).toMatchObject(REFUSED);
    expect(await shop.redeem({ code: 'SALE', customerId: 'c' })).toMatchObject(SHUT_OUT);
  });
});

it('an empty box is no attempt', async () => {
  const { gateway, shop } = await start(ONE_ATTEMPT);
  expect(await type(['', ' ', '\u200b\t', ' '], shop)).toEqual([REFUSED.reason]);
  expect(await fail(1, shop)).toMatchObject([REFUSED]);
  const { failedAttempts } = await gateway.run('{ failedAttempts { totalCount } }', {}, keys.of('ops'));
  expect(failedAttempts?.totalCount).toBe(1);
});
