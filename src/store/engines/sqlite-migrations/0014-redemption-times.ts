import { type Kysely, sql } from 'kysely';

/** Indexes for lists of redemptions by the time of redemption. */
export async function up(database: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(database);
}

const STATEMENTS = [
  // Uses that were never redeemed come last, newest first: their values are below every instant in a filter.
  `ALTER TABLE redemptions ADD COLUMN redeemed_order INTEGER
    GENERATED ALWAYS AS (coalesce(redeemed_at, created_at - 9007199254740991)) VIRTUAL`,
  'CREATE INDEX redemptions_by_status_redeemed ON redemptions (status, redeemed_order, number)',
  'CREATE INDEX redemptions_by_promotion_redeemed ON redemptions (promotion_id, status, redeemed_order, number)',
  `CREATE INDEX redemptions_by_coupon_redeemed ON redemptions (coupon_id, status, redeemed_order, number)
    WHERE coupon_id IS NOT NULL`,
  `CREATE INDEX redemptions_of_customer_redeemed ON redemptions (customer_id, redeemed_order, number)
    WHERE customer_id IS NOT NULL`,
];
