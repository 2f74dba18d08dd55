import type { Db, Engine } from '../../../../src/store/engines/engine.ts';

/** Adds a use, which is a change. */
export async function addUse(db: Db, id: string): Promise<void> {
  const use = { ledger_id: id, status: 'HELD' as const, promotion_id: 'code', caller: 'shop', created_at: 1 };
  await db.insertInto('redemptions').values(use).execute();
}

/** Writes what is not a change. */
export async function writeElsewhere(db: Db): Promise<void> {
  await db.insertInto('attempt_limits').values({ key: 'key', points: 1, expire: null }).execute();
}

/** A transaction that stays open until the returned function is called. It commits, or is rolled back. */
export async function openTransaction(
  engine: Engine,
  work: (db: Db) => Promise<void>,
): Promise<(end?: 'commit' | 'roll back') => Promise<void>> {
  const [worked, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const transaction = engine.transaction(async (db) => {
    await work(db);
    worked.resolve();
    await ended.promise;
  });
  await worked.promise;
  return (end = 'commit') => {
    if (end === 'commit') ended.resolve();
    else ended.reject(new RolledBackError());
    return transaction.catch((error: unknown) => {
      if (!(error instanceof RolledBackError)) throw error;
    });
  };
}

class RolledBackError extends Error {}
