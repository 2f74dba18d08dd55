import type Sqlite from 'better-sqlite3';
import { sql } from 'kysely';
import type { ChangeCursor, ChangeLog, ChangesRead, Db } from '../engine.ts';
import { type Placeholders, type PreparedQuery, prepare } from '../prepared.ts';

/** The numbers of changes are in the order of the commits, because one transaction writes at a time. */
export class SqliteChangeLog implements ChangeLog {
  /** No process can wake another one. A read takes microseconds. */
  readonly pauseMs = 100;
  readonly #db: Db;
  readonly #version: Sqlite.Statement<[], number>;
  readonly #next: PreparedQuery<{ number: number; limit: number }, ChangesRead['changes'][number] & { number: number }>;

  /** @param reading the connection of `db`, which writes nothing */
  constructor(db: Db, reading: Sqlite.Database) {
    this.#db = db;
    // SQLite counts the commits of all other connections, of this process and of others.
    this.#version = reading.prepare<[], number>('PRAGMA data_version').pluck();
    this.#next = prepare({ reads: db }, (reads, value: Placeholders<{ number: number; limit: number }>) =>
      reads
        .selectFrom('changes')
        .select(['number', 'promotion_id', 'coupon_id', 'ledger_id', 'is_hidden'])
        .where('number', '>', value('number'))
        .orderBy('number')
        .limit(value('limit')),
    );
  }

  async open(): Promise<ChangeCursor> {
    let version = this.#version.get();
    let position = await latestNumber(this.#db);
    let hasMore = false;
    return {
      hasNews: () => hasMore || this.#version.get() !== version,
      next: async (limit) => {
        const current = this.#version.get();
        const changes = await this.#next.all(this.#db, { number: position, limit });
        // Numbers have no gaps.
        const hasLost = (changes[0]?.number ?? 0) > position + 1;
        position = changes.at(-1)?.number ?? position;
        version = current;
        hasMore = changes.length === limit;
        return { changes, hasLost, hasMore };
      },
    };
  }

  listen() {
    return { close: async () => {} };
  }

  async deleteOld(db: Db, kept: number): Promise<void> {
    const oldest = (await latestNumber(db)) - kept;
    await db.deleteFrom('changes').where('number', '<=', oldest).execute();
  }
}

async function latestNumber(db: Db): Promise<number> {
  const latest = db.selectFrom('changes').select(sql<number | null>`max(number)`.as('number'));
  return (await latest.executeTakeFirst())?.number ?? 0;
}
