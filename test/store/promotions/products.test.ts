import { expect, it } from 'vitest';
import { openStore } from '../../../src/store/store.ts';
import { COUPON, newFile, OWNER } from '../migrations/old-files.ts';
import { readNow } from '../store-parts.ts';
import { UNUSED } from '../unused-facts.ts';

it('a change of the products of a coupon reaches listeners', async () => {
  const store = await openStore(newFile());
  const facts = {
    kind: 'Coupon',
    providerId: 'coupon',
    name: null,
    discount: { kind: 'PROVIDER_DEFINED' },
    ...UNUSED,
  } as const;
  const read = () => readNow(store.promotions, 0);
  await store.promotions.save(OWNER, { ...facts, productIds: ['prod_1'] }, await read());
  const changes = await store.changes.open();
  await store.promotions.save(OWNER, facts, await read());
  expect(await store.promotions.get(COUPON, 0)).toMatchObject({ productIds: ['prod_1'], discount: facts.discount });
  expect(await changes.next()).toMatchObject({ changes: [] });
  await store.promotions.save(OWNER, { ...facts, productIds: null }, await read());
  expect(await store.promotions.get(COUPON, 0)).toMatchObject({ productIds: null });
  expect(await changes.next()).toMatchObject({ changes: [{ promotionId: COUPON, redemption: null }] });
  await store.close();
});
