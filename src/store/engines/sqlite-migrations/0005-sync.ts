import { type Kysely, sql } from 'kysely';

/** The progress of each account's synchronisation. */
export async function up(database: Kysely<unknown>): Promise<void> {
  await sql
    .raw(`CREATE TABLE sync_rounds (
      provider TEXT NOT NULL,
      account TEXT NOT NULL,
      phase TEXT NOT NULL CHECK (phase IN ('LIST', 'CODES', 'VANISHED', 'DONE')),
      cursor TEXT,
      coupon_id TEXT,
      sequence INTEGER NOT NULL,
      seen INTEGER NOT NULL,
      is_complete INTEGER NOT NULL,
      started_at INTEGER NOT NULL,
      finished_at INTEGER,
      leased_until INTEGER NOT NULL,
      PRIMARY KEY (provider, account)
    ) STRICT, WITHOUT ROWID`)
    .execute(database);
}
