import { type Kysely, sql } from 'kysely';

/** Tells the attempts that count apart from those that only type a code on. */
export async function up(database: Kysely<unknown>): Promise<void> {
  await sql.raw('ALTER TABLE attempts ADD COLUMN is_counted INTEGER NOT NULL DEFAULT 1').execute(database);
}
