import { expect, it } from 'vitest';
import { createFile } from '../../store/test-stores.ts';
import { freshGateway } from '../../support/gateways.ts';
import { openShop } from '../../support/shop.ts';
import { ask } from './answer-client.ts';

const SETTINGS = { ANSWER_CACHE_BYTES: '10000000' };

it('a process on the same file shows a change in its first answer after it, although it remembers an older one', async () => {
  const one = await freshGateway({ store: createFile, settings: SETTINGS });
  const other = await freshGateway({ settings: { ...one.variables, ...SETTINGS } });
  const { id, code } = await openShop(one).createPromoCode({ maxRedemptions: 20 });
  const query = `{ promoCode(id: "${id}") { remaining } }`;
  const shown: unknown[] = [];
  for (let used = 0; used < 20; used += 1) {
    await ask(one, query);
    expect((await ask(one, query)).isHit).toBe(true);
    await openShop(other).redeem({ code });
    shown.push(JSON.parse((await ask(one, query)).body).data.promoCode.remaining);
  }
  expect(shown).toEqual(Array.from({ length: 20 }, (_, used) => 19 - used));
});
