import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ChangeFeed } from '../../../src/gateway/core/change-feed.ts';
import { Database } from '../../../src/store/sqlite/database.ts';
import { Changes } from '../../../src/store/sync/changes.ts';

let folder: string;
let database: Database;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'promo-gateway-live-'));
  database = await Database.open(join(folder, 'gateway.db'));
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
  database.close();
  rmSync(folder, { recursive: true });
});

const record = (promotionId: string, ledgerId: string | null = null) =>
  database.sqlite.prepare('INSERT INTO changes (promotion_id, ledger_id) VALUES (?, ?)').run(promotionId, ledgerId);
const look = () => vi.advanceTimersByTime(100);

it('changes are not lost while the store cannot be read, and are read afterwards', () => {
  const feed = new ChangeFeed(new Changes(database));
  const reader = feed.promoCode('changed', null, () => {});
  database.sqlite.exec('ALTER TABLE changes RENAME TO out_of_reach');
  look();
  database.sqlite.exec('ALTER TABLE out_of_reach RENAME TO changes');
  record('changed');
  look();
  expect(reader.next()).toMatchObject({ id: 'changed' });
});

it('several changes of one object are read as the last of them, in the order of the last changes', () => {
  const feed = new ChangeFeed(new Changes(database));
  const reader = feed.redemptions(null, () => {});
  for (const ledgerId of ['one', 'two', 'one']) record('code', ledgerId);
  look();
  expect([reader.next(), reader.next(), reader.next()]).toMatchObject([{ number: 2 }, { number: 3 }, null]);
});

it('a change wakes only the readers that it concerns', () => {
  const feed = new ChangeFeed(new Changes(database));
  const woken: string[] = [];
  feed.promoCode('mine', 'coupon', () => woken.push('mine'));
  feed.promoCode('other', null, () => woken.push('other'));
  feed.redemptions('mine', () => woken.push('redemptions of mine'));
  feed.redemptions(null, () => woken.push('all redemptions'));
  record('coupon');
  look();
  expect(woken.splice(0)).toEqual(['mine']);
  record('unknown', 'use');
  look();
  expect(woken.splice(0)).toEqual(['all redemptions']);
  record('mine', 'use');
  look();
  expect(woken.sort()).toEqual(['all redemptions', 'redemptions of mine']);
});

it('a code that changes before and after its coupon yields the last change of both', () => {
  const feed = new ChangeFeed(new Changes(database));
  const reader = feed.promoCode('code', 'coupon', () => {});
  for (const id of ['coupon', 'code', 'coupon']) record(id);
  look();
  expect([reader.next(), reader.next()]).toMatchObject([{ id: 'code', number: 3 }, null]);
});

it('a code whose coupon becomes known later is woken by changes of the coupon', () => {
  const feed = new ChangeFeed(new Changes(database));
  const reader = feed.promoCode('late', null, () => {});
  record('coupon');
  look();
  expect(reader.hasNext).toBe(false);
  feed.noteCoupon('late', 'coupon');
  record('coupon');
  look();
  expect(reader.next()).toMatchObject({ id: 'late', number: 2 });
});

it('a reader that falls too far behind knows that it has lost changes, unless they are of one object', () => {
  const feed = new ChangeFeed(new Changes(database));
  const slow = feed.redemptions('busy', () => {});
  const same = feed.promoCode('same', null, () => {});
  database.sqlite.transaction(() => {
    for (let change = 0; change < 1100; change += 1) {
      record('busy', `use ${change}`);
      record('same');
    }
  })();
  for (let looks = 0; looks < 3; looks += 1) look();
  expect([slow.hasLost, same.hasLost]).toEqual([true, false]);
  expect(same.next()).toMatchObject({ number: 2200 });
});

it('readers know that they have lost changes which the store deleted before they were read', () => {
  const feed = new ChangeFeed(new Changes(database));
  const reader = feed.promoCode('changed', null, () => {});
  database.sqlite.exec("INSERT INTO changes (number, promotion_id) VALUES (2, 'any')");
  look();
  expect(reader.hasLost).toBe(true);
});

it('the store is not queried after the last reader is closed', () => {
  const feed = new ChangeFeed(new Changes(database));
  const readers = [feed.promoCode('one', 'coupon', () => {}), feed.redemptions(null, () => {})];
  expect(vi.getTimerCount()).toBe(1);
  for (const reader of readers) reader.close();
  expect(vi.getTimerCount()).toBe(0);
});
