import { type Kysely, sql } from 'kysely';

/** Ownership: an order owns its hold, a redemption its use at the provider. Also limits the end of holds. */
export async function up(database: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(database);
}

/** A hold ends at most this long after its promo code or coupon. */
const GRACE_MS = 15 * 60 * 1000;

/** Limits an end of a hold: its own, or the one that a refused application restores. */
const clamp = (column: string) => `min(${column}, coalesce((
  SELECT min(promotions.ends_at) + ${GRACE_MS} FROM promotions
  WHERE promotions.id IN (redemptions.promotion_id, redemptions.coupon_id)
), ${column}))`;

const STATEMENTS = [
  'ALTER TABLE redemptions ADD COLUMN provider TEXT',
  'ALTER TABLE redemptions ADD COLUMN account TEXT',
  // The order's own hold that an application replaces, as JSON.
  'ALTER TABLE redemptions ADD COLUMN hold_before TEXT',
  // A use at the provider that an earlier version recorded although an older redemption owns it.
  'ALTER TABLE redemptions ADD COLUMN disputed_use_id TEXT',
  `UPDATE redemptions SET
    provider = (SELECT provider FROM promotions WHERE promotions.id = redemptions.promotion_id),
    account = (SELECT account FROM promotions WHERE promotions.id = redemptions.promotion_id)`,
  // The oldest redemption with status REDEEMED keeps the use. Cancelling another one no longer ends the use.
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

  // The same index in another column order, so that it finds all uses of an order.
  'DROP INDEX redemptions_by_order',
  `CREATE UNIQUE INDEX redemptions_by_order ON redemptions (caller, order_id, promotion_id, coalesce(customer_id, ''))
    WHERE order_id IS NOT NULL AND status IN ('HELD', 'REDEEMED')`,
  `CREATE INDEX redemptions_transacted ON redemptions (customer_id, provider, account)
    WHERE customer_id IS NOT NULL AND status = 'REDEEMED'`,

  // A trigger, because several writers change the end date: the provider, a rule, or a process of an older version.
  `CREATE TRIGGER holds_end_with_promotion AFTER UPDATE ON promotions
    WHEN new.expires_at IS NOT NULL AND old.expires_at IS NOT new.expires_at
    BEGIN
      UPDATE redemptions SET held_until = min(held_until, new.expires_at + ${GRACE_MS}),
          held_before = min(held_before, new.expires_at + ${GRACE_MS})
        WHERE promotion_id = new.id AND status = 'HELD';
      UPDATE redemptions SET held_until = min(held_until, new.expires_at + ${GRACE_MS}),
          held_before = min(held_before, new.expires_at + ${GRACE_MS})
        WHERE coupon_id = new.id AND status = 'HELD';
    END`,
  `UPDATE redemptions SET held_until = ${clamp('held_until')}, held_before = ${clamp('held_before')}
    WHERE status = 'HELD'`,

  // Listeners also get an event when a guest's use becomes a customer's.
  'DROP TRIGGER changes_redemption',
  `CREATE TRIGGER changes_redemption AFTER UPDATE ON redemptions
    WHEN old.status IS NOT new.status OR old.customer_id IS NOT new.customer_id
    BEGIN
      INSERT INTO changes (promotion_id, coupon_id, ledger_key) VALUES (new.promotion_id, new.coupon_id, new.ledger_key);
    END`,
];
