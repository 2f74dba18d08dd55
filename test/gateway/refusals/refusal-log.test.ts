import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RecordedRefusal } from '../../../src/domain/redemption/recorded-refusal.ts';
import { RefusalLog } from '../../../src/gateway/refusals/refusal-log.ts';
import { noteTrouble } from '../../../src/store/engines/trouble.ts';
import { type Store, storeOver } from '../../../src/store/store.ts';
import { ENGINES, type TestEngine } from '../../store/test-engines.ts';

const refusalBy = (caller: string): RecordedRefusal => ({
  at: 1000,
  operation: 'QUOTE',
  caller,
  requestId: null,
  code: 'NONE',
  promotionId: null,
  customerId: null,
  orderId: null,
  reason: 'NOT_FOUND',
  reasonGiven: 'NOT_FOUND',
  providers: [],
});

describe.each(ENGINES)('the log of refusals on %s', (_, open) => {
  let opened: TestEngine;
  let store: Store;
  /** What the next transactions fail with. */
  let failure: Error | null;
  let reported: unknown[];
  let log: RefusalLog;
  beforeEach(async () => {
    opened = await open();
    store = storeOver(opened.engine);
    failure = null;
    reported = [];
    const briefly: Store['briefly'] = (work) => (failure ? Promise.reject(failure) : store.briefly(work));
    log = new RefusalLog(
      { refusals: store.refusals, briefly },
      { keptMs: 1000, perCaller: 100_000 },
      { reportBug: (error) => reported.push(error), warn: (message) => reported.push(message) },
    );
  });
  afterEach(() => opened.remove());

  const countOf = async (caller: string) => (await store.refusals.count({ caller })).rows;

  it('writes a refusal soon, although nobody waits for it', async () => {
    log.record(refusalBy('shop'));
    await expect.poll(() => countOf('shop')).toBe(1);
  });

  it('keeps what the store cannot write for later, and fails nobody', async () => {
    failure = new Error('The disk is full');
    noteTrouble(failure, 'the disk is full');
    log.record(refusalBy('shop'));
    await log.flush();
    expect(await countOf('shop')).toBe(0);
    failure = null;
    log.record(refusalBy('shop'));
    await log.close();
    expect(await countOf('shop')).toBe(2);
    expect(reported).toEqual([]);
  });

  it('reports a bug, and goes on with later refusals', async () => {
    failure = new Error('A bug');
    log.record(refusalBy('shop'));
    await log.flush();
    expect(reported).toEqual([failure]);
    failure = null;
    log.record(refusalBy('shop'));
    await log.flush();
    expect(await countOf('shop')).toBe(1);
  });

  it('loses what one caller sends too fast, and nothing of the others', async () => {
    for (let sent = 0; sent < 3000; sent += 1) log.record(refusalBy('flood'));
    log.record(refusalBy('shop'));
    await log.flush();
    expect([await countOf('flood'), await countOf('shop')]).toEqual([2000, 1]);
    expect(reported).toEqual(['1000 refusals were not recorded: there were more than the store could write']);
  });
});
