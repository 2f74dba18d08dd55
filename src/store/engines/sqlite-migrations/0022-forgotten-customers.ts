import { type Kysely, sql } from 'kysely';

/** Customers that were forgotten, by the hash of their id. */
export async function up(database: Kysely<unknown>): Promise<void> {
  await sql
    .raw(
      `CREATE TABLE forgotten_customers (
        id_hash TEXT PRIMARY KEY,
        replacement TEXT NOT NULL,
        forgotten_at INTEGER NOT NULL
      ) STRICT`,
    )
    .execute(database);
}
