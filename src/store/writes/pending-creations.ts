import { isDeepStrictEqual } from 'node:util';
import type { Updateable } from 'kysely';
import { normalizedCode } from '../../domain/codes/code.ts';
import { isSameDiscount } from '../../domain/money/discount.ts';
import type { GatewayRules, ProviderName } from '../../domain/promotion/promotion.ts';
import type { NewCoupon, NewPromoCode, ProviderCoupon, ProviderPromoCode } from '../../domain/provider/provider.ts';
import type { Db, Engine } from '../engines/engine.ts';
import type { PromotionTable } from '../promotions/promotion-tables.ts';
import { ruleSequencesOf } from '../promotions/rule-columns.ts';
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
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /**
   * The creation that probably created this; null: none. Only for promotions that are new to the store. Part of a
   * transaction.
   */
  async creationOf(owner: Owner, facts: ProviderPromoCode | ProviderCoupon, db: Db): Promise<PendingCreation | null> {
    const operation = facts.kind === 'PromoCode' ? 'createPromoCode' : 'createCoupon';
    const rows = await db
      .selectFrom('intents')
      .select(['id', 'request'])
      .where('provider', '=', owner.provider)
      .where('account', '=', owner.account)
      .where('operation', '=', operation)
      .where('sent_at', 'is not', null)
      .$if(facts.kind === 'PromoCode', (query) =>
        query.where('normalized_code', '=', facts.kind === 'PromoCode' ? normalizedCode(facts.code ?? '') : ''),
      )
      .execute();
    for (const { id, request } of rows) {
      const parsed = writeRequest.safeParse(request === null ? null : JSON.parse(request));
      if (!parsed.success || !canHaveCreated(id, parsed.data, facts)) continue;
      if (!(await this.#isStillPending(id, db))) continue;
      const { data } = parsed;
      if (data.operation === 'createPromoCode' || data.operation === 'createCoupon') {
        return { intentId: id, rules: data.rules, sent: data };
      }
    }
    return null;
  }

  /** Waits for a transaction that is recording the end of the creation: it looks for promotions with its rules. */
  async #isStillPending(intentId: string, db: Db): Promise<boolean> {
    const pending = this.#engine.dialect.locked(db.selectFrom('intents').select('id'));
    return (await pending.where('id', '=', intentId).executeTakeFirst()) !== undefined;
  }

  /**
   * The creation has ended: removes its rules from promotions that only looked like its result, except those that a
   * later write has set. Part of a transaction.
   */
  async ended(intentId: string, db: Db): Promise<void> {
    const marked = db.selectFrom('promotions').select(['id', 'rule_sequences']).where('rules_of', '=', intentId);
    for (const { id, ...row } of await this.#engine.dialect.locked(marked.orderBy('id')).execute()) {
      const sequences = ruleSequencesOf(row);
      const unset = Object.entries(NO_RULES).filter(([column]) => sequences[column] === undefined);
      const columns = { ...Object.fromEntries(unset), rules_of: null };
      await db.updateTable('promotions').set(columns).where('id', '=', id).execute();
    }
  }
}

/** The rule columns of a promotion without rules. */
const NO_RULES = {
  rule_max: null,
  rule_per_customer: null,
  rule_starts_at: null,
  rule_expires_at: null,
  rule_customer_id: null,
  rule_plan_id: null,
  rule_minimum_minor: null,
  rule_minimum_currency: null,
  rule_switched_off: 0,
  rule_first_transaction: 0,
} as const satisfies Updateable<PromotionTable>;

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
  const isSame = facts.discount !== undefined && isSameDiscount(facts.discount, discount);
  return isSame && facts.name === name && isDeepStrictEqual(facts.duration, duration);
}
