import { type Kysely, sql } from 'kysely';

/** Webhook events that name promo codes and coupons. */
export async function up(database: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(database);
}

const STATEMENTS = [
  "ALTER TABLE provider_events ADD COLUMN promotion_ids TEXT NOT NULL DEFAULT '[]'",
  "ALTER TABLE provider_events ADD COLUMN coupon_ids TEXT NOT NULL DEFAULT '[]'",
];
