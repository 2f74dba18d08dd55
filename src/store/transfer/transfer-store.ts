import { isDeepStrictEqual } from 'node:util';
import { sql } from 'kysely';
import { nameOf, type StoreAddress } from '../engines/address.ts';
import type { Db, Engine } from '../engines/engine.ts';
import { assertStore, isInUse, openReader, openToFill } from '../engines/open-engine.ts';
import { COPIED, type CopiedName } from './copied-tables.ts';
import { copyRows, countRows, digestOf } from './table-copy.ts';

/** How far the work on a table is. */
export interface TransferProgress {
  table: CopiedName;
  phase: 'COPY' | 'VERIFY';
  rows: number;
  total: number;
}

const TABLES = Object.keys(COPIED).filter((name): name is CopiedName => name in COPIED);

/**
 * Copies a whole store into an empty one, of any engine, in one transaction: after an error, the target is as empty as
 * before. Brings both to the current version first. Verifies the copy before it commits.
 * @returns how many rows each table has
 * @throws when a gateway has one of the stores open, the source is no store, or the target is not empty
 */
export async function transferStore(
  from: StoreAddress,
  to: StoreAddress,
  onProgress: (progress: TransferProgress) => void = () => {},
): Promise<Map<CopiedName, number>> {
  await assertStore(from);
  for (const address of [from, to]) await refuseInUse(address);
  // Migrations may take any time, and their connection is not one of a gateway.
  await (await openToFill(from)).close();
  const target = await openToFill(to);
  try {
    await refuseFilled(target, to);
    return await target.transaction(async (db) => {
      const rows = await fill(target, db, from, onProgress);
      // What a gateway wrote in the meantime is not in the copy.
      await refuseInUse(from);
      return rows;
    });
  } finally {
    await target.close();
  }
}

async function refuseInUse(address: StoreAddress): Promise<void> {
  if (await isInUse(address)) throw new Error(`a gateway has ${nameOf(address)} open: stop it first`);
}

async function refuseFilled({ reads }: Engine, address: StoreAddress): Promise<void> {
  const rows = await Promise.all(TABLES.map((name) => countRows(reads, name)));
  const filled = TABLES.filter((_, index) => rows[index]);
  if (filled.length > 0) throw new Error(`${nameOf(address)} is not empty: it has rows in ${filled.join(', ')}`);
}

async function fill(
  engine: Engine,
  db: Db,
  from: StoreAddress,
  onProgress: (progress: TransferProgress) => void,
): Promise<Map<CopiedName, number>> {
  const reader = await openReader(from);
  try {
    return await reader.snapshot(async (source) => {
      const rows = new Map<CopiedName, number>();
      for (const table of TABLES) {
        const total = await countRows(source, table);
        rows.set(table, total);
        // Building an index afterwards takes the target less work than keeping it up to date. A unique index still refuses.
        const dropped = await engine.dialect.dropIndexes(db, table);
        await copyRows(table, { from: source, to: db, engine }, (copied) => {
          onProgress({ table, phase: 'COPY', rows: copied, total });
        });
        for (const statement of dropped) await sql.raw(statement).execute(db);
        onProgress({ table, phase: 'VERIFY', rows: total, total });
        const [original, copy] = [await digestOf(source, table), await digestOf(db, table)];
        if (!isDeepStrictEqual(original, copy)) throw new Error(`the copy of ${table} is not the same`);
      }
      await engine.dialect.continueAfter(db, await reader.dialect.latestNumber(source));
      // The copied rows are no news to anybody.
      await db.deleteFrom('changes').execute();
      return rows;
    });
  } finally {
    await reader.close();
  }
}
