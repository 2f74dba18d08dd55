import { isDeepStrictEqual } from 'node:util';
import { type RawBuilder, sql } from 'kysely';
import { normalizedCode } from '../../domain/codes/code.ts';
import type { GatewayRules, ProviderName } from '../../domain/promotion/promotion.ts';
import type { NewCoupon, NewPromoCode, ProviderCoupon, ProviderPromoCode } from '../../domain/provider/provider.ts';
import type { Database } from '../sqlite/database.ts';
import { type WriteRequestOf, writeRequest } from './write-request.ts';

interface Owner {
  provider: ProviderName;
  account: string;
}

/** A creation that was sent and whose result is not recorded yet. */
export interface PendingCreation {
  intentId: string;
  rules: GatewayRules;
  /** What was sent. The provider may omit some of it from its answers. */
  sent: { promoCode: NewPromoCode } | { coupon: NewCoupon };
}

type Creation = WriteRequestOf<'createPromoCode'> | WriteRequestOf<'createCoupon'>;

/**
 * Creations whose result is not recorded. A look-up or a synchronisation can find the new promotion first. It gets the
 * gateway's rules then, so that nobody can use it without them.
 */
export class PendingCreations {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The creation that probably created this; null: none. Only for promotions that are new to the store. */
  creationOf(owner: Owner, facts: ProviderPromoCode | ProviderCoupon): PendingCreation | null {
    const operation = facts.kind === 'PromoCode' ? 'createPromoCode' : 'createCoupon';
    const rows = this.#database.rows(
      this.#database.build
        .selectFrom('intents')
        .select(['id', 'request'])
        .where('provider', '=', owner.provider)
        .where('account', '=', owner.account)
        .where('operation', '=', operation)
        .where('sent_at', 'is not', null)
        .$if(facts.kind === 'PromoCode', (query) =>
          query.where('normalized_code', '=', facts.kind === 'PromoCode' ? normalizedCode(facts.code ?? '') : ''),
        ),
    );
    for (const { id, request } of rows) {
      const parsed = writeRequest.safeParse(request === null ? null : JSON.parse(request));
      if (!parsed.success || !canHaveCreated(id, parsed.data, facts)) continue;
      const { data } = parsed;
      if (data.operation === 'createPromoCode' || data.operation === 'createCoupon') {
        return { intentId: id, rules: data.rules, sent: data };
      }
    }
    return null;
  }

  /** The creation has ended: removes its rules from promotions that only looked like its result. */
  ended(intentId: string): void {
    this.#database.run(
      this.#database.build
        .updateTable('promotions')
        .set({
          ...unlessSet(NULLABLE_RULES, sql`null`),
          ...unlessSet(FLAG_RULES, sql`0`),
          rules_of: null,
        })
        .where('rules_of', '=', intentId),
    );
  }
}

const NULLABLE_RULES = [
  'rule_max',
  'rule_per_customer',
  'rule_starts_at',
  'rule_expires_at',
  'rule_customer_id',
  'rule_plan_id',
  'rule_minimum_minor',
  'rule_minimum_currency',
] as const;
const FLAG_RULES = ['rule_switched_off', 'rule_first_transaction'] as const;

/** The value for those columns that no later write has set. */
function unlessSet<Column extends string>(columns: readonly Column[], value: RawBuilder<unknown>) {
  const entries = columns.map((column) => {
    const isSet = sql`json_extract(coalesce(rule_sequences, '{}'), ${sql.lit(`$.${column}`)}) is not null`;
    return [column, sql<never>`case when ${isSet} then ${sql.ref(column)} else ${value} end`] as const;
  });
  return Object.fromEntries(entries);
}

function canHaveCreated(
  intentId: string,
  request: { operation: string } | Creation,
  facts: ProviderPromoCode | ProviderCoupon,
): boolean {
  // The provider's mark of the write decides. A change by hand at the provider may have removed it.
  if (facts.intentId && facts.intentId !== intentId) return false;
  if ('promoCode' in request && facts.kind === 'PromoCode') {
    const { customerId } = request.promoCode;
    return facts.customerId === undefined || facts.customerId === null || facts.customerId === (customerId ?? null);
  }
  if (!('coupon' in request) || facts.kind !== 'Coupon') return false;
  const { name, discount, duration } = request.coupon;
  return (
    facts.name === name && isDeepStrictEqual(facts.discount, discount) && isDeepStrictEqual(facts.duration, duration)
  );
}
