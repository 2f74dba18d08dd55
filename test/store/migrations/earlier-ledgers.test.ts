import Sqlite from 'better-sqlite3';
import { expect, it } from 'vitest';
import { redemptionId } from '../../../src/domain/promotion/identity.ts';
import { openReader } from '../../../src/store/engines/open-engine.ts';
import { ledgerLines } from '../../../src/store/redemptions/ledger-lines.ts';
import { openStore } from '../../../src/store/store.ts';
import { BEFORE_OWNERSHIP, CODE, COUPON, newFile, writeOldFile } from './old-files.ts';

it('the redemptions of an earlier file are sorted by redemption time', async () => {
  const file = newFile();
  const sqlite = await writeOldFile(file, BEFORE_OWNERSHIP);
  const use = sqlite.prepare(
    `INSERT INTO redemptions (ledger_key, status, promotion_id, caller, created_at, redeemed_at) VALUES (?, ?, ?, 'shop', ?, ?)`,
  );
  use.run('early', 'REDEEMED', CODE, 10, 40);
  use.run('held', 'HELD', CODE, 30, null);
  use.run('late', 'REDEEMED', CODE, 20, 30);
  sqlite.close();
  const store = await openStore(file);
  const uses = await store.redemptionList.page({}, 5000, { limit: 10, backwards: false }, 'REDEEMED_AT_DESC');
  expect(uses.entries.map(({ row }) => row.ledger_id)).toEqual(['early', 'late', 'held']);
  await store.close();
});

it('the ledger of an earlier file can be exported before and after a gateway has opened it', async () => {
  const file = newFile();
  const sqlite = await writeOldFile(file, BEFORE_OWNERSHIP);
  sqlite
    .prepare(
      `INSERT INTO redemptions (ledger_key, status, promotion_id, caller, created_at) VALUES ('use', 'REDEEMED', ?, 'shop', 10)`,
    )
    .run(CODE);
  sqlite.close();
  const exportedIds = async () => {
    const reader = await openReader({ file });
    const lines = await reader.snapshot((db) => Array.fromAsync(ledgerLines(db, {})));
    await reader.close();
    return lines.map(({ ledger_id }) => ledger_id);
  };
  expect(await exportedIds()).toEqual(['use']);
  await (await openStore(file)).close();
  expect(await exportedIds()).toEqual(['use']);
});

it('a use at the provider that several redemptions own in an earlier file stays with the oldest redeemed one', async () => {
  const file = newFile();
  const sqlite = await writeOldFile(file, BEFORE_OWNERSHIP);
  const insert = sqlite.prepare(
    `INSERT INTO redemptions (ledger_key, status, promotion_id, coupon_id, caller, order_id, subscription_id,
      provider_use_id, counted_sequence, created_at, redeemed_at)
      VALUES (?, ?, ?, ?, 'shop', ?, 'sub', ?, 1, 1000, 1000)`,
  );
  insert.run('gone', 'CANCELLED', CODE, COUPON, 'o1', 'use');
  insert.run('owner', 'REDEEMED', CODE, COUPON, 'o2', 'use');
  insert.run('rival', 'REDEEMED', CODE, COUPON, 'o3', 'use');
  insert.run('other', 'REDEEMED', CODE, COUPON, 'o4', 'another');
  insert.run('stray', 'REDEEMED', 'of no promotion', null, 'o5', 'use');
  sqlite.close();
  const store = await openStore(file);
  const uses = ['gone', 'owner', 'rival', 'other', 'stray'].map(redemptionId);
  const found = await store.redemptions.getMany(uses, 5000);
  expect(found.map((one) => one?.providerUseId)).toEqual([null, 'use', null, 'another', 'use']);
  await store.close();
  const after = new Sqlite(file, { readonly: true });
  const disputed = after.prepare(
    'SELECT ledger_id, disputed_use_id FROM redemptions WHERE disputed_use_id IS NOT NULL',
  );
  expect(disputed.all()).toEqual([
    { ledger_id: 'gone', disputed_use_id: 'use' },
    { ledger_id: 'rival', disputed_use_id: 'use' },
  ]);
  after.close();
});

it('holds in an earlier file end at most 15 minutes after their code or coupon', async () => {
  const file = newFile();
  const sqlite = await writeOldFile(file, BEFORE_OWNERSHIP);
  sqlite.prepare('UPDATE promotions SET provider_expires_at = ? WHERE id = ?').run(10_000, COUPON);
  const insert = sqlite.prepare(
    `INSERT INTO redemptions (ledger_key, status, promotion_id, coupon_id, caller, held_until, created_at)
      VALUES (?, 'HELD', ?, ?, 'shop', ?, 1000)`,
  );
  insert.run('long', CODE, COUPON, 9_000_000);
  insert.run('short', CODE, COUPON, 20_000);
  insert.run('of the coupon', COUPON, null, 9_000_000);
  insert.run('being applied', CODE, COUPON, null);
  insert.run('stray', 'of no promotion', null, 9_000_000);
  sqlite.close();
  const store = await openStore(file);
  const held = ['long', 'short', 'of the coupon', 'being applied', 'stray'].map(redemptionId);
  const found = await store.redemptions.getMany(held, 5000);
  expect(found.map((one) => one?.heldUntil)).toEqual([910_000, 20_000, 910_000, null, 9_000_000]);
  await store.close();
});
