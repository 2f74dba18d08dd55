import { sql } from 'kysely';
import type { ChangesRead, Db } from '../engine.ts';

/**
 * The last change that a reader has read. Positions are compared by transaction first. Numbers alone would not do: a
 * transaction that commits late has drawn its numbers early, and a reader would be past them.
 */
export interface ChangePosition {
  /** The id of the transaction, with its epoch (xid8), as text. */
  transaction: string;
  /** The number of the change; 0: none of that transaction. */
  number: number;
}

interface PositionedRead extends ChangesRead {
  /** Where the next read begins. */
  position: ChangePosition;
}

/**
 * Transactions that are older than all that have not ended. No change can appear before theirs any more. A transaction
 * of any database of the server counts, if it has written something.
 */
const IS_SETTLED = sql`transaction_id < (select pg_snapshot_xmin(pg_current_snapshot()))`;

/** The position of a reader that begins now. It may get changes that its first read of the store has seen. */
export async function latestPosition(db: Db): Promise<ChangePosition> {
  const latest = sql<ChangePosition>`
    (select transaction_id::text as transaction, number from changes where ${IS_SETTLED}
      order by transaction_id desc, number desc limit 1)
    union all select pg_snapshot_xmin(pg_current_snapshot())::text, 0`;
  const [position = { transaction: '0', number: 0 }] = (await latest.execute(db)).rows;
  return position;
}

/**
 * The next changes after a position. `hasMore` includes those behind a transaction that has not ended. It may end without
 * a change of its own, and then no notification follows.
 * @param limit how many at most
 */
export async function changesAfter(db: Db, position: ChangePosition, limit: number): Promise<PositionedRead> {
  const found = sql<ChangesRead['changes'][number] & ChangePosition>`
    select number, promotion_id, coupon_id, ledger_id, transaction_id::text as transaction from changes
      where ${isAfter(position)} and ${IS_SETTLED} order by transaction_id, number limit ${limit}`;
  const { rows } = await found.execute(db);
  const last = rows.at(-1) ?? position;
  const next = { transaction: last.transaction, number: last.number };
  // After the read: what was deleted before it is noticed.
  const state = sql<{ isKept: number; hasMore: number }>`select
    exists (select 1 from changes where number = ${position.number}) as "isKept",
    exists (select 1 from changes where ${isAfter(next)}) as "hasMore"`;
  const { isKept, hasMore } = (await state.execute(db)).rows[0] ?? { isKept: 0, hasMore: 0 };
  const hasLost = position.number > 0 && isKept === 0;
  return {
    changes: rows,
    // Without rows, the next read would find the same loss again. Of the transaction, only later changes are left.
    position: hasLost && rows.length === 0 ? { ...position, number: 0 } : next,
    hasLost,
    hasMore: hasMore === 1,
  };
}

/** Deletes all changes but the latest. @param kept how many stay */
export async function deleteOldChanges(db: Db, kept: number): Promise<void> {
  // In the order of the readers, so that a reader whose position is there has lost nothing.
  await sql`delete from changes where (transaction_id, number) <= (
    select transaction_id, number from changes order by transaction_id desc, number desc offset ${kept} limit 1
  )`.execute(db);
}

function isAfter({ transaction, number }: ChangePosition) {
  return sql`(transaction_id, number) > (${transaction}::xid8, ${number}::bigint)`;
}
