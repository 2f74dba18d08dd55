import { setImmediate } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ChangeFeed } from '../../../src/gateway/core/change-feed.ts';
import type { Engine } from '../../../src/store/engines/engine.ts';
import { openEngine } from '../../../src/store/engines/open-engine.ts';
import { type ChangeStream, Changes } from '../../../src/store/sync/changes.ts';
import { STORES, type TestStore } from '../../store/test-stores.ts';

/** Counts the changes that the feed has read. */
class CountedChanges extends Changes {
  read = 0;

  override async open(): Promise<ChangeStream> {
    const stream = await super.open();
    return {
      ...stream,
      next: async () => {
        const next = await stream.next();
        this.read += next.changes.length;
        return next;
      },
    };
  }
}

describe.each(STORES)('a feed on %s', (_, create) => {
  let store: TestStore;
  let engine: Engine;
  /** Another process. */
  let other: Engine;
  let changes: CountedChanges;
  let feed: ChangeFeed;
  let recorded: number;
  beforeEach(async () => {
    store = await create();
    engine = await openEngine(store.address);
    other = await openEngine(store.address);
    changes = new CountedChanges(engine);
    feed = new ChangeFeed(changes);
    recorded = 0;
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  });
  afterEach(async () => {
    vi.useRealTimers();
    feed.close();
    await Promise.all([engine.close(), other.close()]);
    await store.remove();
  });

  /** Records changes in one transaction. With the id of a use, it is the use that has changed. */
  const recordAll = (all: [promotionId: string, ledgerId?: string][]) => {
    recorded += all.length;
    const rows = all.map(([promotion_id, ledger_id = null]) => ({ promotion_id, ledger_id }));
    return other.transaction((db) => db.insertInto('changes').values(rows).execute());
  };
  const record = (promotionId: string, ledgerId?: string) =>
    recordAll([ledgerId === undefined ? [promotionId] : [promotionId, ledgerId]]);
  /** Lets the time pass after which the feed looks, until it has read everything. */
  const look = async () => {
    do {
      await vi.advanceTimersByTimeAsync(changes.pauseMs);
      await setImmediate();
    } while (changes.read < recorded);
    // The read that is still running hands out its changes.
    await feed.latest().catch(() => {});
  };

  it('changes are not lost while the store cannot be read, and are read afterwards', async () => {
    const reader = await feed.promoCode('changed', null, () => {});
    await other.transaction((db) => sql`ALTER TABLE changes RENAME TO out_of_reach`.execute(db));
    await look();
    await other.transaction((db) => sql`ALTER TABLE out_of_reach RENAME TO changes`.execute(db));
    await record('changed');
    await look();
    expect(reader.next()).toMatchObject({ id: 'changed' });
  });

  it('several changes of one object are read as the last of them, in the order of the last changes', async () => {
    const reader = await feed.redemptions(null, () => {});
    for (const ledgerId of ['one', 'two', 'one']) await record('code', ledgerId);
    await look();
    expect([reader.next(), reader.next(), reader.next()]).toMatchObject([{ number: 2 }, { number: 3 }, null]);
  });

  it('a change wakes only the readers that it concerns', async () => {
    const woken: string[] = [];
    await feed.promoCode('mine', 'coupon', () => woken.push('mine'));
    await feed.promoCode('other', null, () => woken.push('other'));
    await feed.redemptions('mine', () => woken.push('redemptions of mine'));
    await feed.redemptions(null, () => woken.push('all redemptions'));
    await record('coupon');
    await look();
    expect(woken.splice(0)).toEqual(['mine']);
    await record('unknown', 'use');
    await look();
    expect(woken.splice(0)).toEqual(['all redemptions']);
    await record('mine', 'use');
    await look();
    expect(woken.sort()).toEqual(['all redemptions', 'redemptions of mine']);
  });

  it('a code that changes before and after its coupon yields the last change of both', async () => {
    const reader = await feed.promoCode('code', 'coupon', () => {});
    for (const id of ['coupon', 'code', 'coupon']) await record(id);
    await look();
    expect([reader.next(), reader.next()]).toMatchObject([{ id: 'code', number: 3 }, null]);
  });

  it('a code whose coupon becomes known later is woken by changes of the coupon', async () => {
    const reader = await feed.promoCode('late', null, () => {});
    await record('coupon');
    await look();
    expect(reader.hasNext).toBe(false);
    feed.noteCoupon('late', 'coupon');
    await record('coupon');
    await look();
    expect(reader.next()).toMatchObject({ id: 'late', number: 2 });
  });

  it('a reader that falls too far behind knows that it has lost changes, unless they are of one object', async () => {
    const slow = await feed.redemptions('busy', () => {});
    const same = await feed.promoCode('same', null, () => {});
    await recordAll(
      Array.from({ length: 1100 }, (_, change) => [['busy', `use ${change}`], ['same']] as [string, string?][]).flat(),
    );
    await look();
    expect([slow.hasLost, same.hasLost]).toEqual([true, false]);
    expect(same.next()).toMatchObject({ number: 2200 });
  });

  it('readers know that they have lost changes which the store deleted before they were read', async () => {
    const reader = await feed.promoCode('changed', null, () => {});
    await record('any');
    await look();
    await other.transaction(async (db) => {
      await db
        .insertInto('changes')
        .values([{ promotion_id: 'any' }, { promotion_id: 'any' }])
        .execute();
      await other.changeLog.deleteOld(db, 1);
    });
    // The last one is left.
    recorded += 1;
    await look();
    expect(reader.hasLost).toBe(true);
  });

  it('the store is not queried after the last reader is closed', async () => {
    const readers = [await feed.promoCode('one', 'coupon', () => {}), await feed.redemptions(null, () => {})];
    expect(vi.getTimerCount()).toBe(1);
    for (const reader of readers) reader.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('a change that is made while another reader opens is not missed', async () => {
    const reader = await feed.promoCode('changed', null, () => {});
    const opening = feed.promoCode('other', null, () => {});
    await record('changed');
    await opening;
    await look();
    expect(reader.next()).toMatchObject({ id: 'changed' });
  });

  it('a reader gets no change that was read before it opened', async () => {
    await feed.promoCode('first', null, () => {});
    await record('changed');
    await look();
    const reader = await feed.promoCode('changed', null, () => {});
    await record('changed');
    await look();
    expect([reader.next(), reader.next()]).toMatchObject([{ number: 2 }, null]);
  });

  it('numbers go on when the feed begins again, so that no reader mistakes a new change for one it has read', async () => {
    const before = await feed.promoCode('changed', null, () => {});
    await record('changed');
    await look();
    before.close();
    const after = await feed.promoCode('changed', null, () => {});
    await record('changed');
    await look();
    expect(after.next()).toMatchObject({ number: 2 });
  });

  it('readers that open at the same time share the timer', async () => {
    await Promise.all([feed.promoCode('one', null, () => {}), feed.redemptions(null, () => {})]);
    expect(vi.getTimerCount()).toBe(1);
  });

  it('a reader that is closed while another one opens leaves the feed running', async () => {
    const first = await feed.promoCode('first', null, () => {});
    const opening = feed.promoCode('second', null, () => {});
    first.close();
    const second = await opening;
    await record('second');
    await look();
    expect(second.next()).toMatchObject({ id: 'second' });
  });

  it('a feed that is closed while a reader opens reads the store no more', async () => {
    const opening = feed.promoCode('late', null, () => {});
    feed.close();
    await opening;
    expect(vi.getTimerCount()).toBe(0);
  });
});
