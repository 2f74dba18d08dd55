import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Store, storeOver } from '../../../src/store/store.ts';
import { useOf } from '../races/two-stores.ts';
import { ENGINES, type TestEngine } from '../test-engines.ts';

const BY = { caller: 'shop', customer: null, mayManage: true };
const AS_HELD = { ledgerId: 'use', countedByProvider: false, finalAmount: null };
const COMMANDS: [name: string, run: (store: Store) => Promise<unknown>][] = [
  ['take', ({ ledger }) => ledger.take(useOf('code', 'ann'), { as: 'REDEEMED' }, null, 0)],
  ['confirm', ({ ledger }) => ledger.confirm(AS_HELD, BY, null, 0)],
  ['cancel', ({ ledger }) => ledger.cancel('use', null, BY, null, 0)],
  ['release', ({ ledger }) => ledger.releaseExpired(0)],
];

describe.each(ENGINES)('a command of the ledger on %s', (_, open) => {
  let opened: TestEngine;
  let store: Store;
  beforeEach(async () => {
    opened = await open();
    store = storeOver(opened.engine);
  });
  afterEach(() => opened.remove());

  it.each(COMMANDS)('(%s) is refused inside a transaction, which would wait for its batch', async (_name, run) => {
    const nested = store.transaction(() => run(store));
    await expect(nested).rejects.toThrow('A transaction cannot begin inside another one');
    await expect(store.snapshot(() => run(store))).rejects.toThrow('A transaction cannot begin inside another one');
  });
});
