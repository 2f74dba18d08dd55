import { type SqlBool, sql, type Updateable } from 'kysely';
import { z } from 'zod';
import type { GatewayRules } from '../../domain/promotion/promotion.ts';
import type { Db, Engine } from '../engines/engine.ts';
import { flag } from '../flag.ts';
import type { PromotionRow } from '../tables.ts';
import type { PromotionTable } from './promotion-tables.ts';

const ruleSequences = z.record(z.string(), z.number());

/** The columns of the given rules. Columns of absent rules are missing, so that their values stay. */
export function ruleColumns(rules: GatewayRules) {
  return {
    ...(rules.switchedOff !== undefined && { rule_switched_off: flag(rules.switchedOff) }),
    ...(rules.startsAt !== undefined && { rule_starts_at: rules.startsAt }),
    ...(rules.expiresAt !== undefined && { rule_expires_at: rules.expiresAt }),
    ...(rules.maxRedemptions !== undefined && { rule_max: rules.maxRedemptions }),
    ...(rules.perCustomerLimit !== undefined && { rule_per_customer: rules.perCustomerLimit }),
    ...(rules.customerId !== undefined && { rule_customer_id: rules.customerId }),
    ...(rules.planId !== undefined && { rule_plan_id: rules.planId }),
    ...(rules.firstTransactionOnly !== undefined && { rule_first_transaction: flag(rules.firstTransactionOnly) }),
    ...(rules.minimumOrder !== undefined && {
      rule_minimum_minor: rules.minimumOrder?.minorUnits ?? null,
      rule_minimum_currency: rules.minimumOrder?.currency ?? null,
    }),
  };
}

/**
 * Writes the columns, except those that a later write has set. Part of a transaction.
 * @param sentAt the sequence number when the write was sent
 */
export async function setLatest(
  { dialect }: Engine,
  db: Db,
  { id, columns, sentAt }: { id: string; columns: Updateable<PromotionTable>; sentAt: number },
): Promise<void> {
  // The end of a promo code can change its coupon, by the trigger "holds_end_with_promotion". So both are locked, in the
  // order of the ids, as a batch of the ledger locks them.
  const rows = await dialect
    .locked(db.selectFrom('promotions').select(['id', 'rule_sequences']).orderBy('id'))
    .where(sql<SqlBool>`id in (${id}, (select coupon_id from promotions where id = ${id}))`)
    .execute();
  const row = rows.find((one) => one.id === id);
  if (!row) return;
  const sequences = ruleSequencesOf(row);
  const latest = Object.entries(columns).filter(([name]) => (sequences[name] ?? 0) <= sentAt);
  if (latest.length === 0) return;
  for (const [name] of latest) sequences[name] = sentAt;
  const update = { ...Object.fromEntries(latest), rule_sequences: JSON.stringify(sequences) };
  await db.updateTable('promotions').set(update).where('id', '=', id).execute();
}

/** The sequence number of the write that set each rule, by column. */
export function ruleSequencesOf({
  rule_sequences: text,
}: Pick<PromotionRow, 'rule_sequences'>): Record<string, number> {
  return ruleSequences.parse(JSON.parse(text ?? '{}'));
}
