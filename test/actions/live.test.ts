import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Live } from '../../src/actions/live.ts';
import { Changes } from '../../src/store/changes.ts';
import { Database } from '../../src/store/database.ts';

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

it('a store that cannot be read for a moment ends nothing: what has changed is told afterwards', async () => {
  const live = new Live(new Changes(database));
  const changes = live.listen();
  const first = changes.next();
  database.sqlite.exec('ALTER TABLE changes RENAME TO out_of_reach');
  vi.advanceTimersByTime(300);
  database.sqlite.exec('ALTER TABLE out_of_reach RENAME TO changes');
  database.sqlite.exec("INSERT INTO changes (promotion_id) VALUES ('changed')");
  vi.advanceTimersByTime(100);
  expect((await first).value).toMatchObject({ promotionId: 'changed' });
  live.close();
  expect(await changes.next()).toMatchObject({ done: true });
});

it('who leaves is gone at once, though nothing changes', async () => {
  const live = new Live(new Changes(database));
  const changes = live.listen();
  const waiting = changes.next();
  expect(live.listeners).toBe(1);
  await changes.return?.();
  expect(await waiting).toMatchObject({ done: true });
  expect(live.listeners).toBe(0);
});
