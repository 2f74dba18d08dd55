import { type Kysely, sql } from 'kysely';

/**
 * The code skeleton, and the version of the function that computed the normalized codes. The empty version makes
 * `renewNormalizedCodes` recompute all of them right after the migrations.
 */
export async function up(database: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(database);
}

const STATEMENTS = [
  'ALTER TABLE promotions ADD COLUMN code_skeleton TEXT',
  'CREATE INDEX promotions_by_skeleton ON promotions (code_skeleton) WHERE code_skeleton IS NOT NULL',
  'CREATE TABLE code_keys (version TEXT NOT NULL) STRICT',
  "INSERT INTO code_keys VALUES ('')",
];
