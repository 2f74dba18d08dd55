import { type Kysely, sql } from 'kysely';

/** An index for the open holds of a caller's customer. Their number is limited. */
export async function up(database: Kysely<unknown>): Promise<void> {
  await sql
    .raw(`CREATE INDEX redemptions_open_holds ON redemptions (caller, customer_id, held_until)
      WHERE status = 'HELD' AND held_until IS NOT NULL`)
    .execute(database);
}
