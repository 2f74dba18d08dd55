import { NUMBER, TEXT } from './column-types.ts';
import { generatedColumns } from './promotion-schema.ts';

/** A hold ends at most this long after its promo code or coupon. */
const GRACE_MS = 15 * 60 * 1000;

/** The columns that clients see and that can change, without the time of the last read. */
const VISIBLE = [
  'status',
  'name',
  'percentage',
  'amount_minor',
  'amount_currency',
  'amount_options',
  'duration_kind',
  'duration_count',
  'active',
  'max_redemptions',
  'redeemed_count',
  'held',
  'starts_at',
  'expires_at',
  'provider_customer_id',
  'provider_plan_id',
  'provider_first_transaction',
  'provider_minimum_minor',
  'provider_minimum_currency',
  'provider_minimum_options',
  'rule_per_customer',
  'rule_customer_id',
  'rule_plan_id',
  'rule_first_transaction',
  'rule_minimum_minor',
  'rule_minimum_currency',
  'metadata',
  'product_ids',
];

/** The other columns that decide what a read answers, or whether it calls the provider. */
const HIDDEN = [
  'code',
  'normalized_code',
  'code_skeleton',
  'coupon_id',
  'duration_unit',
  'rule_switched_off',
  'rule_max',
  'rule_starts_at',
  'rule_expires_at',
  'created_at',
  'due_sequence',
  'unknown_count',
  'unknown_limit',
  'next_release',
];

const anyDiffers = (columns: string[]) =>
  columns.map((column) => `old.${column} IS DISTINCT FROM new.${column}`).join(' OR ');

const next = generatedColumns('new.');

/** The status depends on these. Usable before an update, see {@link generatedColumns}. */
const STATUS_MAY_CHANGE = `old.active IS DISTINCT FROM ${next.active}
  OR (old.redeemed_count >= old.max_redemptions) IS DISTINCT FROM (${next.redeemed_count} >= ${next.max_redemptions})
  OR old.starts_at IS DISTINCT FROM ${next.starts_at}
  OR old.expires_at IS DISTINCT FROM ${next.expires_at}
  OR old.coupon_id IS DISTINCT FROM new.coupon_id`;

/** A function for triggers. */
const triggerFunction = (name: string, body: string) =>
  `CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body} END $$`;

/** The ends of a hold, cut. Null stays null: such a hold has no end. */
const cut = (column: string) =>
  `${column} = CASE WHEN ${column} IS NOT NULL THEN least(${column}, new.expires_at + ${GRACE_MS}) END`;
const CUT_HOLDS = `UPDATE redemptions SET ${cut('held_until')}, ${cut('held_before')}`;

/** A cut hold also counts for the coupon of its code, or for the codes of its coupon. */
const CUT_RELEASES = `UPDATE promotions SET next_release = new.expires_at + ${GRACE_MS}
  WHERE next_release > new.expires_at + ${GRACE_MS} AND id IN (
    SELECT new.id
    UNION SELECT promotion_id FROM redemptions WHERE coupon_id = new.id AND status = 'HELD'
    UNION SELECT coupon_id FROM redemptions WHERE promotion_id = new.id AND status = 'HELD'
  )`;

/** What follows from a change of a row, in its transaction. */
export const CHANGES = [
  // Numbers are not assigned in the order of the commits. The transaction tells which changes a reader has not seen.
  `CREATE TABLE changes (
    number ${NUMBER} PRIMARY KEY,
    promotion_id ${TEXT} NOT NULL,
    coupon_id ${TEXT},
    ledger_id ${TEXT},
    is_hidden bigint NOT NULL DEFAULT 0,
    transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id()
  )`,
  'CREATE INDEX changes_by_transaction ON changes (transaction_id, number)',

  triggerFunction('record_promotion_change', 'INSERT INTO changes (promotion_id) VALUES (new.id); RETURN NULL;'),
  `CREATE TRIGGER changes_promotion_made AFTER INSERT ON promotions
    FOR EACH ROW EXECUTE FUNCTION record_promotion_change()`,
  `CREATE TRIGGER changes_promotion AFTER UPDATE ON promotions FOR EACH ROW
    WHEN (${anyDiffers(VISIBLE)}) EXECUTE FUNCTION record_promotion_change()`,
  triggerFunction(
    'record_hidden_change',
    'INSERT INTO changes (promotion_id, is_hidden) VALUES (new.id, 1); RETURN NULL;',
  ),
  `CREATE TRIGGER changes_promotion_hidden AFTER UPDATE ON promotions FOR EACH ROW
    WHEN (NOT (${anyDiffers(VISIBLE)}) AND (${anyDiffers(HIDDEN)})) EXECUTE FUNCTION record_hidden_change()`,

  triggerFunction(
    'record_redemption_change',
    `INSERT INTO changes (promotion_id, coupon_id, ledger_id) VALUES (new.promotion_id, new.coupon_id, new.ledger_id);
      RETURN NULL;`,
  ),
  // Once for all new rows of a batch.
  triggerFunction(
    'record_new_redemptions',
    `INSERT INTO changes (promotion_id, coupon_id, ledger_id)
        SELECT promotion_id, coupon_id, ledger_id FROM made ORDER BY number;
      RETURN NULL;`,
  ),
  `CREATE TRIGGER changes_redemption_made AFTER INSERT ON redemptions REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION record_new_redemptions()`,
  `CREATE TRIGGER changes_redemption AFTER UPDATE ON redemptions FOR EACH ROW
    WHEN (old.status IS DISTINCT FROM new.status OR old.customer_id IS DISTINCT FROM new.customer_id)
    EXECUTE FUNCTION record_redemption_change()`,

  // Marks a changed row for a new status. Before the update, so that the row is written once.
  triggerFunction('mark_status', 'new.status_until := 0; RETURN new;'),
  `CREATE TRIGGER promotions_changed BEFORE UPDATE ON promotions FOR EACH ROW
    WHEN (${STATUS_MAY_CHANGE}) EXECUTE FUNCTION mark_status()`,
  // Marks the promo codes of a changed coupon.
  triggerFunction(
    'mark_coupon',
    `INSERT INTO changed_coupons (coupon_id) VALUES (new.id) ON CONFLICT (coupon_id)
      DO UPDATE SET after_status = DEFAULT, after_created = DEFAULT, after_tie = DEFAULT;
      RETURN NULL;`,
  ),
  `CREATE TRIGGER coupons_changed AFTER UPDATE ON promotions FOR EACH ROW
    WHEN (new.kind = 'Coupon' AND (${STATUS_MAY_CHANGE})) EXECUTE FUNCTION mark_coupon()`,

  // A trigger, because several writers change the end date: the provider, a rule, or a process of an older version.
  triggerFunction(
    'end_holds',
    `${CUT_HOLDS} WHERE promotion_id = new.id AND status = 'HELD';
      ${CUT_HOLDS} WHERE coupon_id = new.id AND status = 'HELD';
      ${CUT_RELEASES};
      RETURN NULL;`,
  ),
  `CREATE TRIGGER holds_end_with_promotion AFTER UPDATE ON promotions FOR EACH ROW
    WHEN (new.expires_at IS NOT NULL AND old.expires_at IS DISTINCT FROM new.expires_at)
    EXECUTE FUNCTION end_holds()`,
];
