import { type RawBuilder, sql } from 'kysely';
import type { ChangesRead, Db } from '../engine.ts';

/**
 * The changes that a reader has read: those of all transactions that had ended in a snapshot. A number would not do: a
 * transaction that commits late has drawn its numbers early, and a reader would be past them.
 */
export interface ChangePosition {
  /** The snapshot (pg_snapshot), as text. It lists the transactions that had not ended, and so stays small. */
  since: string;
  /** If the last page was full: the snapshot that the next page belongs to, and the number before its first one. */
  page: { until: string; after: number } | null;
  /** The highest number that was read; 0: none. */
  highest: number;
}

interface PositionedRead extends ChangesRead {
  /** Where the next read begins. */
  position: ChangePosition;
}

type NumberedChange = ChangesRead['changes'][number] & { number: number };

const NOW = sql`pg_current_snapshot()`;

/** The position of a reader that begins now. */
export async function latestPosition(db: Db): Promise<ChangePosition> {
  const latest = db
    .selectFrom('changes')
    .select([sql<string>`${NOW}::text`.as('since'), sql<number>`coalesce(max(number), 0)`.as('highest')]);
  return { ...(await latest.executeTakeFirstOrThrow()), page: null };
}

/**
 * The next changes after a position, in the order of their numbers. Changes of one row are in the order in which they
 * were made, because a transaction locks the row before it draws the number.
 * @param limit how many at most
 */
export async function changesAfter(db: Db, position: ChangePosition, limit: number): Promise<PositionedRead> {
  const { page, highest } = position;
  const since = snapshot(position.since);
  const until = page ? snapshot(page.until) : NOW;
  // "xmin:xmax:xip,xip": the first transaction that had not begun, and those that had not ended.
  const [, unbegun, running] = position.since.split(':');
  const isNext = sql`${endedBetween(since, until)} and number > ${page?.after ?? 0}::bigint`;
  // The index finds each part of the union, however many changes were made while an old transaction was open.
  // Materialized, because the order and the limit would otherwise suggest another index.
  const found = sql<NumberedChange[]>`(
    with next as materialized (
      select * from changes where transaction_id >= ${unbegun}::xid8 and ${isNext}
      union all select * from changes where transaction_id = any (${`{${running}}`}::xid8[]) and ${isNext}
    ), page as (
      select number, promotion_id, coupon_id, ledger_id, is_hidden from next order by number limit ${limit}
    ) select coalesce(json_agg(page order by number), '[]') from page)`;
  // 0 if the last change that was read is deleted, or the server is behind the reader, as after a failover.
  const isWhole = sql<number>`exists (select 1 from changes where number = ${page?.after ?? highest}::bigint)
    and ${unbegun}::xid8 <= pg_snapshot_xmax(${NOW})`;
  const read = await db
    .selectNoFrom([found.as('changes'), isWhole.as('isWhole'), sql<string>`${until}::text`.as('until')])
    .executeTakeFirstOrThrow();
  const hasLost = highest > 0 && read.isWhole === 0;
  const isFull = read.changes.length === limit;
  const last = read.changes.at(-1)?.number ?? 0;
  return {
    changes: read.changes,
    position: {
      since: isFull ? position.since : read.until,
      page: isFull ? { until: read.until, after: last } : null,
      // After a loss, the highest one may be deleted. It would be missed again.
      highest: hasLost ? last : Math.max(highest, last),
    },
    hasLost,
    // After the last of several pages, there may be changes that were made since the first.
    hasMore: isFull || page !== null,
  };
}

/**
 * Deletes all changes but the latest. Those of transactions that have ended since the last deletion stay, too: readers
 * may not have come to them, however low their numbers are.
 * @param kept how many stay
 * @param since what the last deletion returned; null: there was none
 * @returns the snapshot of this deletion
 */
export async function deleteOldChanges(db: Db, kept: number, since: string | null): Promise<string> {
  const isRecent = since === null ? sql`false` : endedBetween(snapshot(since), NOW);
  await sql`delete from changes where not (${isRecent})
    and number <= (select number from changes order by number desc offset ${kept} limit 1)`.execute(db);
  return (await latestPosition(db)).since;
}

function snapshot(text: string): RawBuilder<unknown> {
  return sql`${text}::pg_snapshot`;
}

/** Whether the transaction of a change had not ended in one snapshot, and had in another. */
function endedBetween(since: RawBuilder<unknown>, until: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`not pg_visible_in_snapshot(transaction_id, ${since}) and pg_visible_in_snapshot(transaction_id, ${until})`;
}
