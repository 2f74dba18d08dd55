import type { Db, Engine } from './engine.ts';

/** Runs a write in the transaction that `db` belongs to; in one of its own if there is none. */
export function write<Result>(
  engine: Pick<Engine, 'transaction'>,
  db: Db | undefined,
  work: (db: Db) => Promise<Result>,
): Promise<Result> {
  return db ? work(db) : engine.transaction(work);
}
