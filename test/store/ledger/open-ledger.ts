import { openStore, type Store } from '../../../src/store/store.ts';
import { CODES, TERMS } from '../../domain/ledger/ledger-model.ts';
import { factsOf, idOf, OWNER } from '../../domain/ledger/model-promotions.ts';
import type { RealLedger } from '../../domain/ledger/real-ledger.ts';
import { readNow } from '../store-parts.ts';
import { createFile, type TestStore } from '../test-stores.ts';

/** Opens a new store with the promo codes of the model. */
export async function openRealLedger(create: () => Promise<TestStore> = createFile): Promise<RealLedger<Store>> {
  const { address, remove } = await create();
  const real: RealLedger<Store> = {
    store: await openStore(address),
    sendings: new Map(),
    idOf,
    saveRead: async ({ code, sending, as, ...counts }) => {
      const { promotions } = real.store;
      await promotions.save(OWNER, factsOf(code, counts), { ...(await promotions.answered(sending)), as });
    },
    reopen: async () => {
      await real.store.close();
      real.store = await openStore(address);
    },
    remove: async () => {
      await real.store.close();
      await remove();
    },
  };
  const { promotions } = real.store;
  for (const code of CODES) {
    const id = await promotions.save(OWNER, factsOf(code, { count: 0, couponCount: 0 }), await readNow(promotions, 0));
    await promotions.setRules(id, { perCustomerLimit: TERMS[code].perCustomer }, 0);
  }
  return real;
}
