import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TakeMode } from '../../../src/domain/ledger/requests.ts';
import { openStore, type Store } from '../../../src/store/store.ts';
import { OWNER, promoCodeFacts, useOf } from '../races/two-stores.ts';
import { readNow } from '../store-parts.ts';
import { STORES, type TestStore } from '../test-stores.ts';

const NOW = 1000;
const REDEEMED = { as: 'REDEEMED' } as const;

describe.each(STORES)('several commands for one customer in one batch, on %s', (_, create) => {
  let place: TestStore;
  let store: Store;
  let promotionId: string;

  beforeEach(async () => {
    place = await create();
    store = await openStore(place.address);
    promotionId = await store.promotions.save(OWNER, promoCodeFacts('CODE'), await readNow(store.promotions, 0));
  });
  afterEach(async () => {
    await store.close();
    await place.remove();
  });

  const take = (mode: TakeMode) => store.ledger.take(useOf(promotionId, 'ann'), mode, null, NOW);
  /** Both commands begin in one turn of the event loop, so one batch decides them. */
  const takeTwo = async (mode: TakeMode) => {
    const answers = await Promise.all([take(mode), take(mode)]);
    return answers.map(({ kind }) => kind);
  };

  it('the uses before them count once against the limit per customer', async () => {
    await store.promotions.setRules(promotionId, { perCustomerLimit: 3 }, 0);
    await take(REDEEMED);
    expect(await takeTwo(REDEEMED)).toEqual(['TAKEN', 'TAKEN']);
    expect(await take(REDEEMED)).toMatchObject({ kind: 'REFUSED', reason: 'CUSTOMER_LIMIT_REACHED' });
  });

  it('the holds before them count once against the limit of open holds', async () => {
    const mode = { as: 'HELD', until: NOW + 60_000, mostOpen: 3 } as const;
    await take(mode);
    expect(await takeTwo(mode)).toEqual(['TAKEN', 'TAKEN']);
    expect(await take(mode)).toMatchObject({ kind: 'REFUSED', reason: 'TOO_MANY_HOLDS' });
  });
});
