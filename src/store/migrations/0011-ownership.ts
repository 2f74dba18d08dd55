import { type Kysely, sql } from 'kysely';

/** Who owns what: an order its hold, a redemption its use at the provider; and the latest end that a hold may have. */
export async function up(database: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(database);
}

/** A hold ends at most this long after its promo code or coupon, in milliseconds. */
const GRACE = 15 * 60 * 1000;

/** The same for both kinds of end that a hold has: its own, and the one that it gets back after a refused application. */
const clamp = (column: string) => `min(${column}, coalesce((
  SELECT min(promotions.ends_at) + ${GRACE} FROM promotions
  WHERE promotions.id IN (redemptions.promotion_id, redemptions.coupon_id)
), ${column}))`;

const STATEMENTS = [
  'ALTER TABLE redemptions ADD COLUMN provider TEXT',
  'ALTER TABLE redemptions ADD COLUMN account TEXT',
  // What the order's own hold was before an application took it over, as JSON.
  'ALTER TABLE redemptions ADD COLUMN hold_before TEXT',
  // A use at the provider that an earlier version recorded here though an older redemption owns it.
  'ALTER TABLE redemptions ADD COLUMN disputed_use_id TEXT',
  `UPDATE redemptions SET
    provider = (SELECT provider FROM promotions WHERE promotions.id = redemptions.promotion_id),
    account = (SELECT account FROM promotions WHERE promotions.id = redemptions.promotion_id)`,
  // The oldest redemption that stands keeps the use; cancelling another one no longer ends it.
  `UPDATE redemptions SET disputed_use_id = provider_use_id, provider_use_id = NULL
    WHERE number IN (
      SELECT number FROM (
        SELECT number, row_number() OVER (
          PARTITION BY provider, account, provider_use_id ORDER BY status <> 'REDEEMED', number
        ) AS place
        FROM redemptions WHERE provider_use_id IS NOT NULL
      ) WHERE place > 1
    )`,
  `CREATE UNIQUE INDEX redemptions_by_provider_use ON redemptions (provider, account, provider_use_id)
    WHERE provider_use_id IS NOT NULL`,

  // As before, in the order in which everything that one order has is found.
  'DROP INDEX redemptions_by_order',
  `CREATE UNIQUE INDEX redemptions_by_order ON redemptions (caller, order_id, promotion_id, coalesce(customer_id, ''))
    WHERE order_id IS NOT NULL AND status IN ('HELD', 'REDEEMED')`,
  `CREATE INDEX redemptions_transacted ON redemptions (customer_id, provider, account)
    WHERE customer_id IS NOT NULL AND status = 'REDEEMED'`,

  // A trigger, because several writers move the end date: the provider, a rule, or a process of an older version.
  `CREATE TRIGGER holds_end_with_promotion AFTER UPDATE ON promotions
    WHEN new.expires_at IS NOT NULL AND old.expires_at IS NOT new.expires_at
    BEGIN
      UPDATE redemptions SET held_until = min(held_until, new.expires_at + ${GRACE}),
          held_before = min(held_before, new.expires_at + ${GRACE})
        WHERE promotion_id = new.id AND status = 'HELD';
      UPDATE redemptions SET held_until = min(held_until, new.expires_at + ${GRACE}),
          held_before = min(held_before, new.expires_at + ${GRACE})
        WHERE coupon_id = new.id AND status = 'HELD';
    END`,
  `UPDATE redemptions SET held_until = ${clamp('held_until')}, held_before = ${clamp('held_before')}
    WHERE status = 'HELD'`,

  // Listeners also hear of a guest's use that has become a customer's.
  'DROP TRIGGER changes_redemption',
  `CREATE TRIGGER changes_redemption AFTER UPDATE ON redemptions
    WHEN old.status IS NOT new.status OR old.customer_id IS NOT new.customer_id
    BEGIN
      INSERT INTO changes (promotion_id, coupon_id, ledger_key) VALUES (new.promotion_id, new.coupon_id, new.ledger_key);
    END`,
];
