import type { Statement } from 'better-sqlite3';
import { type SqlBool, sql } from 'kysely';
import type { ProviderSide } from '../promo/change.ts';
import { codeKey } from '../promo/code.ts';
import { type PromotionKey, promotionId } from '../promo/identity.ts';
import type {
  Coupon,
  GatewayRules,
  Instant,
  Metadata,
  PromoCode,
  Promotion,
  ProviderName,
} from '../promo/promotion.ts';
import type { ProviderCoupon, ProviderPromoCode } from '../promo/provider.ts';
import type { ProviderEvent } from '../promo/webhook.ts';
import { type Database, type Prepared, parameter } from './database.ts';
import { providerColumns, toPromoCode, toPromotion } from './promotion-rows.ts';
import type { PromotionRow } from './tables.ts';

/** When an answer of a provider was asked for: by our clock, and in the ledger's order. */
export interface ReadMoment {
  /** Taken from {@link Promotions.nextSequence}: before a read is sent, after a write has been answered. */
  sequence: number;
  at: Instant;
}

/** The promo codes and coupons that providers have told of. */
export class Promotions {
  readonly #database: Database;
  readonly #byId: Prepared<{ id: string }, PromotionRow>;
  readonly #byIds: Prepared<{ ids: string }, PromotionRow>;
  readonly #byCode: Prepared<{ code_key: string }, PromotionRow>;
  readonly #advance: Statement<[], { value: number }>;

  constructor(database: Database) {
    this.#database = database;
    const rows = database.build.selectFrom('promotions').selectAll();
    this.#byId = database.prepare(rows.where('id', '=', parameter<string>('id')));
    const among = sql`(select value from json_each(${parameter('ids')}))`;
    // With the coupons behind the promo codes among them.
    const behind = sql<SqlBool>`id in (select coupon_id from promotions where id in ${among})`;
    this.#byIds = database.prepare(rows.where((where) => where.or([sql<SqlBool>`id in ${among}`, behind])));
    this.#byCode = database.prepare(rows.where('code_key', '=', parameter<string>('code_key')));
    this.#advance = database.sqlite.prepare('UPDATE sequence SET value = value + 1 RETURNING value');
  }

  /** The next number of the one order in which reads, writes and counted uses are told apart. */
  nextSequence(): number {
    const next = this.#advance.get();
    if (!next) throw new Error('The sequence table is empty');
    return next.value;
  }

  get(id: string, now: Instant): Promotion | null {
    const row = this.#byId.get({ id });
    return row ? toPromotion(row, this.#couponOf(row), now) : null;
  }

  /** Several by one read of the store, each in its own slot. */
  getMany(ids: readonly string[], now: Instant): (Promotion | null)[] {
    // The commonest read, for which the plain look-up is half the work.
    if (ids.length === 1) return ids.map((id) => this.get(id, now));
    const rows = new Map(this.#byIds.all({ ids: JSON.stringify(ids) }).map((row) => [row.id, row]));
    return ids.map((id) => {
      const row = rows.get(id);
      return row ? toPromotion(row, (row.coupon_id !== null && rows.get(row.coupon_id)) || null, now) : null;
    });
  }

  getPromoCode(id: string, now: Instant): PromoCode | null {
    const promotion = this.get(id, now);
    return promotion?.kind === 'PromoCode' ? promotion : null;
  }

  getCoupon(id: string, now: Instant): Coupon | null {
    const promotion = this.get(id, now);
    return promotion?.kind === 'Coupon' ? promotion : null;
  }

  /** Every promo code with this text, archived ones included, newest first. */
  findByCode(code: string, owner: { provider?: ProviderName; account?: string }, now: Instant): PromoCode[] {
    return this.#byCode
      .all({ code_key: codeKey(code) })
      .filter(
        ({ provider, account }) => provider === (owner.provider ?? provider) && account === (owner.account ?? account),
      )
      .sort((one, other) => other.created_at - one.created_at || (one.id < other.id ? 1 : -1))
      .map((row) => toPromoCode(row, this.#couponOf(row), now));
  }

  /** Shows rows of a list, each with the coupon behind it. */
  show(rows: PromotionRow[], now: Instant): Promotion[] {
    return rows.map((row) => toPromotion(row, this.#couponOf(row), now));
  }

  /**
   * Takes in what a provider answered, the coupon behind a promo code included, and tells its id. An answer to a read
   * that began before the last one taken in, or before our last write, is dropped: it may be the older truth.
   */
  save(
    owner: { provider: ProviderName; account: string },
    facts: ProviderPromoCode | ProviderCoupon,
    read: ReadMoment,
  ): string {
    const key = { ...owner, kind: facts.kind, providerId: facts.providerId };
    const id = promotionId(key);
    this.#database.transaction(() => {
      if (facts.kind === 'PromoCode' && facts.coupon)
        this.#install({ ...key, kind: 'Coupon', providerId: facts.coupon.providerId }, facts.coupon, read);
      this.#install(key, facts, read);
    });
    return id;
  }

  /** The provider no longer has it: it is kept, switched off. */
  markGone(id: string, read: ReadMoment): void {
    this.#database.run(
      this.#database.build
        .updateTable('promotions')
        .set({ provider_active: 0, as_of: read.at, read_sequence: read.sequence })
        .where('id', '=', id)
        .where('read_sequence', '<', read.sequence),
    );
  }

  /** What an event can concern is to be read anew: what is for its plans, and what was used on its subscriptions. */
  markDue(provider: ProviderName, { planIds, subscriptionIds }: Omit<ProviderEvent, 'id'>): void {
    if (planIds.length + subscriptionIds.length === 0) return;
    const { build } = this.#database;
    const used = build.selectFrom('redemptions').where('subscription_id', 'in', subscriptionIds);
    const concerned = build
      .updateTable('promotions')
      .set({ due_sequence: this.nextSequence() })
      .where('provider', '=', provider)
      .where((where) =>
        where.or([
          where('provider_plan_id', 'in', planIds),
          where('rule_plan_id', 'in', planIds),
          where('id', 'in', used.select('promotion_id')),
        ]),
      );
    this.#database.run(concerned);
  }

  /** Sets the rules that the gateway enforces; an absent one stays, null (false for a switch) takes it away. */
  setRules(id: string, rules: GatewayRules): void {
    const columns = ruleColumns(rules);
    if (Object.keys(columns).length === 0) return;
    this.#database.run(this.#database.build.updateTable('promotions').set(columns).where('id', '=', id));
  }

  /** What the provider says of it, without the gateway's rules. */
  providerSide(id: string): ProviderSide | null {
    const row = this.#byId.get({ id });
    return row
      ? {
          active: row.provider_active === 1,
          maxRedemptions: row.provider_max,
          startsAt: row.provider_starts_at,
          expiresAt: row.provider_expires_at,
        }
      : null;
  }

  /** Sets the metadata that the gateway keeps for a provider that keeps none. */
  setMetadata(id: string, metadata: Metadata | null): void {
    const text = metadata && JSON.stringify(metadata);
    this.#database.run(this.#database.build.updateTable('promotions').set({ metadata: text }).where('id', '=', id));
  }

  #install(key: PromotionKey, facts: ProviderPromoCode | ProviderCoupon, read: ReadMoment): void {
    const columns = { ...providerColumns(key, facts), as_of: read.at, read_sequence: read.sequence };
    const changed = this.#database.run(
      this.#database.build
        .insertInto('promotions')
        .values({ provider_first_transaction: 0, provider_count: 0, ...columns })
        .onConflict((conflict) =>
          conflict
            .column('id')
            .doUpdateSet({ ...columns, due_sequence: stillDue(read) })
            .where('promotions.read_sequence', '<', read.sequence),
        ),
    );
    if (changed > 0) this.#recountLateUses(columns.id, read.sequence);
  }

  /** Uses that the provider counted after this read was sent are not in its count yet, whatever became of them since. */
  #recountLateUses(id: string, sequence: number): void {
    this.#database.run(
      this.#database.build
        .updateTable('promotions')
        .set({
          counted_late: (query) =>
            query
              .selectFrom('redemptions')
              .select(sql<number>`count(*)`.as('late'))
              // The few that were counted since are looked at, not the many that it has had: `+` keeps their index out.
              .where('counted_sequence', '>', sequence)
              .where(sql<SqlBool>`(+promotion_id = ${id} or +coupon_id = ${id})`),
        })
        .where('id', '=', id),
    );
  }

  #couponOf(row: PromotionRow): PromotionRow | null {
    return row.coupon_id === null ? null : (this.#byId.get({ id: row.coupon_id }) ?? null);
  }
}

/** A read that began before the event may not show what that told of. */
function stillDue({ sequence }: ReadMoment) {
  return sql<number | null>`case when promotions.due_sequence > ${sequence} then promotions.due_sequence end`;
}

function ruleColumns(rules: GatewayRules) {
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

function flag(value: boolean): 0 | 1 {
  return value ? 1 : 0;
}
