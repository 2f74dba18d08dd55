import type { Db } from '../../../../src/store/engines/engine.ts';

/** Adds a use, which is a change. */
export async function addUse(db: Db, id: string): Promise<void> {
  const use = { ledger_id: id, status: 'HELD' as const, promotion_id: 'code', caller: 'shop', created_at: 1 };
  await db.insertInto('redemptions').values(use).execute();
}
