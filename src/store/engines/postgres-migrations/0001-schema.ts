import { type Kysely, sql } from 'kysely';
import { CHANGES } from './change-triggers.ts';
import { PROMOTIONS } from './promotion-schema.ts';
import { REDEMPTIONS } from './redemption-schema.ts';
import { WRITES } from './write-schema.ts';

/** The state of a SQLite store after its migration 0016. The files of the statements never change after a release. */
export async function up(database: Kysely<unknown>): Promise<void> {
  for (const statement of [...PROMOTIONS, ...REDEMPTIONS, ...WRITES, ...CHANGES]) {
    await sql.raw(statement).execute(database);
  }
}
