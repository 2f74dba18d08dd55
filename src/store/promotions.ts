import { type SqlBool, sql, type Updateable } from 'kysely';
import { z } from 'zod';
import type { ProviderSide } from '../promo/change.ts';
import { codeKey } from '../promo/code.ts';
import { type PromotionKey, promotionId } from '../promo/identity.ts';
import { withLeftOut } from '../promo/left-out.ts';
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
import type { CountReadings } from './count-readings.ts';
import { type Database, type Prepared, parameter } from './database.ts';
import type { OpenCreations } from './open-creations.ts';
import { providerColumns, toPromoCode, toPromotion } from './promotion-rows.ts';
import type { Sequence } from './sequence.ts';
import type { PromotionRow, PromotionTable } from './tables.ts';

/** When a call was sent to a provider: in the ledger's order, and by our clock. */
export interface Sending {
  sentAt: number;
  at: Instant;
}

/** When an answer was asked for and when it arrived, and how far it can be believed. */
export interface AnswerMoment extends Sending {
  answeredAt: number;
  /**
   * READ: it is true of some moment in between. WRITE: of the moment after the write. OVERLAPPED: the same, but another
   * write of the object ran beside it. PROOF: that the object exists, and nothing about today.
   */
  as: 'READ' | 'WRITE' | 'OVERLAPPED' | 'PROOF';
}

/** The promo codes and coupons that providers have told of. */
export class Promotions {
  readonly #database: Database;
  readonly #sequence: Sequence;
  readonly #readings: CountReadings;
  readonly #creations: OpenCreations;
  readonly #byId: Prepared<{ id: string }, PromotionRow>;
  readonly #byIds: Prepared<{ ids: string }, PromotionRow>;
  readonly #byCode: Prepared<{ code_key: string }, PromotionRow>;

  constructor(database: Database, parts: { sequence: Sequence; readings: CountReadings; creations: OpenCreations }) {
    this.#database = database;
    this.#sequence = parts.sequence;
    this.#readings = parts.readings;
    this.#creations = parts.creations;
    const rows = database.build.selectFrom('promotions').selectAll();
    this.#byId = database.prepare(rows.where('id', '=', parameter<string>('id')));
    const among = sql`(select value from json_each(${parameter('ids')}))`;
    // With the coupons behind the promo codes among them.
    const behind = sql<SqlBool>`id in (select coupon_id from promotions where id in ${among})`;
    this.#byIds = database.prepare(rows.where((where) => where.or([sql<SqlBool>`id in ${among}`, behind])));
    this.#byCode = database.prepare(rows.where('code_key', '=', parameter<string>('code_key')));
  }

  /** A call to a provider is sent now. */
  sending(at: Instant): Sending {
    return { sentAt: this.#sequence.next(), at };
  }

  /** The answer to a read has arrived. */
  answered(sending: Sending): AnswerMoment {
    return { ...sending, answeredAt: this.#sequence.latest(), as: 'READ' };
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
   * Takes in what a provider answered, the coupon behind a promo code included, and returns its id. Facts that may be
   * older than those in the store are dropped, or the row is marked as due where nobody can tell; the count is evidence
   * in any case.
   */
  save(
    owner: { provider: ProviderName; account: string },
    facts: ProviderPromoCode | ProviderCoupon,
    moment: AnswerMoment,
  ): string {
    const key = { ...owner, kind: facts.kind, providerId: facts.providerId };
    const id = promotionId(key);
    this.#database.transaction(() => {
      if (facts.kind === 'PromoCode' && facts.coupon) {
        // A write changes the code alone: of the coupon its answer is a reading like any other.
        const aside = moment.as === 'PROOF' ? moment : { ...moment, as: 'READ' as const };
        this.#install({ ...key, kind: 'Coupon', providerId: facts.coupon.providerId }, facts.coupon, aside);
      }
      this.#install(key, facts, moment);
    });
    return id;
  }

  /** The provider no longer has it: it is kept, switched off. */
  markGone(id: string, { sentAt, at }: Sending): void {
    this.#database.run(
      this.#database.build
        .updateTable('promotions')
        .set({ provider_active: 0, as_of: at, read_sequence: sentAt, due_sequence: stillDue(sentAt) })
        .where('id', '=', id)
        .where('read_sequence', '<', sentAt),
    );
  }

  /** Nothing is judged by what the store has of it before the provider has been read again. */
  expectRead(id: string): void {
    const due = { due_sequence: this.#sequence.next() };
    this.#database.run(this.#database.build.updateTable('promotions').set(due).where('id', '=', id));
  }

  /** What an event can concern is to be read anew: what is for its plans, and what was used on its subscriptions. */
  markDue(provider: ProviderName, { planIds, subscriptionIds }: Omit<ProviderEvent, 'id'>): void {
    if (planIds.length + subscriptionIds.length === 0) return;
    const { build } = this.#database;
    const used = build.selectFrom('redemptions').where('subscription_id', 'in', subscriptionIds);
    const concerned = build
      .updateTable('promotions')
      .set({ due_sequence: this.#sequence.next() })
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

  /**
   * Sets the rules that the gateway enforces; an absent one stays, null (false for a switch) takes it away.
   * @param sentAt when the write was sent that sets them: a rule that a later one has set stays
   */
  setRules(id: string, rules: GatewayRules, sentAt: number): void {
    this.#setLatest(id, ruleColumns(rules), sentAt);
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

  /** Sets the metadata that the gateway keeps for a provider that keeps none, unless a later write has set it. */
  setMetadata(id: string, metadata: Metadata | null, sentAt: number): void {
    this.#setLatest(id, { metadata: metadata && JSON.stringify(metadata) }, sentAt);
  }

  /** Takes the provider's own count for the truth, whatever was proven before. */
  acceptCount(id: string, count: number): void {
    this.#database.transaction(() => this.#readings.accept(id, count, this.#sequence.latest()));
  }

  /** What is known of a promotion's count: the provider's latest answer, what was proven, and what no provider counts. */
  countsOf(id: string): { provider: number; proven: number; uncounted: number } | null {
    const row = this.#byId.get({ id });
    if (!row) return null;
    const { provider_count: provider, count_lag: lag, uncounted } = row;
    return { provider, proven: provider + lag, uncounted };
  }

  /** Writes the columns that no later write has set. */
  #setLatest(id: string, columns: Updateable<PromotionTable>, sentAt: number): void {
    this.#database.transaction(() => {
      const row = this.#byId.get({ id });
      if (!row) return;
      const sequences = ruleSequences.parse(JSON.parse(row.rule_sequences ?? '{}'));
      const latest = Object.entries(columns).filter(([name]) => (sequences[name] ?? 0) <= sentAt);
      if (latest.length === 0) return;
      for (const [name] of latest) sequences[name] = sentAt;
      const update = { ...Object.fromEntries(latest), rule_sequences: JSON.stringify(sequences) };
      this.#database.run(this.#database.build.updateTable('promotions').set(update).where('id', '=', id));
    });
  }

  #install(key: PromotionKey, facts: ProviderPromoCode | ProviderCoupon, moment: AnswerMoment): void {
    const id = promotionId(key);
    const before = this.#byId.get({ id });
    const isLatest = before === undefined || moment.sentAt > before.read_sequence;
    if (!before) this.#insert(key, facts, moment);
    else if (moment.as === 'PROOF') this.#prove(before, facts);
    else if (moment.as === 'READ' ? isLatest : isLatest && moment.as === 'WRITE') this.#update(key, facts, moment);
    // A write beside another one, or beside a read that was sent after it: which saw the other nobody knows.
    else if (moment.as !== 'READ') this.expectRead(id);
    if (before && facts.redeemedCount !== undefined) {
      const { answeredAt } = moment;
      this.#readings.add(id, { count: facts.redeemedCount, answeredAt, isLatest: isLatest && moment.as !== 'PROOF' });
    }
  }

  #insert(key: PromotionKey, seen: ProviderPromoCode | ProviderCoupon, moment: AnswerMoment): void {
    const maker = this.#creations.makerOf(key, seen);
    const sent = maker?.promoCode;
    const facts = sent && seen.kind === 'PromoCode' ? withLeftOut(seen, sent) : seen;
    this.#database.run(
      this.#database.build.insertInto('promotions').values({
        provider_first_transaction: 0,
        provider_count: 0,
        ...providerColumns(key, facts),
        ...(maker && { ...ruleColumns(maker.rules), rules_of: maker.intentId }),
        count_answered: moment.answeredAt,
        unknown_count: flag(facts.redeemedCount === undefined),
        unknown_limit: flag(facts.maxRedemptions === undefined),
        ...stampOf(moment),
      }),
    );
    if (moment.as === 'PROOF') this.expectRead(promotionId(key));
  }

  #update(key: PromotionKey, facts: ProviderPromoCode | ProviderCoupon, moment: AnswerMoment): void {
    // The count is evidence, and has a place of its own.
    const { provider_count: _, ...columns } = providerColumns(key, facts);
    this.#database.run(
      this.#database.build
        .updateTable('promotions')
        .set({
          ...columns,
          ...(facts.redeemedCount !== undefined && { unknown_count: 0 }),
          ...(facts.maxRedemptions !== undefined && { unknown_limit: 0 }),
          ...stampOf(moment),
          due_sequence: stillDue(moment.sentAt),
        })
        .where('id', '=', columns.id),
    );
  }

  /** The object exists: what is known of it stays, with what the provider leaves out of its answers to reads. */
  #prove(before: PromotionRow, facts: ProviderPromoCode | ProviderCoupon): void {
    if (facts.kind === 'PromoCode') {
      const { customerId, planId, firstTransactionOnly, minimumOrder } = facts;
      this.#database.run(
        this.#database.build
          .updateTable('promotions')
          .set({
            provider_customer_id: before.provider_customer_id ?? customerId ?? null,
            provider_plan_id: before.provider_plan_id ?? planId ?? null,
            provider_first_transaction: flag(before.provider_first_transaction === 1 || firstTransactionOnly === true),
            provider_minimum_minor: before.provider_minimum_minor ?? minimumOrder?.minorUnits ?? null,
            provider_minimum_currency: before.provider_minimum_currency ?? minimumOrder?.currency ?? null,
          })
          .where('id', '=', before.id),
      );
    }
    this.expectRead(before.id);
  }

  #couponOf(row: PromotionRow): PromotionRow | null {
    return row.coupon_id === null ? null : (this.#byId.get({ id: row.coupon_id }) ?? null);
  }
}

const ruleSequences = z.record(z.string(), z.number());

/** A call that was sent before the event may not show what that told of. */
function stillDue(sentAt: number) {
  return sql<number | null>`case when promotions.due_sequence > ${sentAt} then promotions.due_sequence end`;
}

/** A read that was sent before a write was answered may not show what the write did. */
function stampOf({ as, sentAt, answeredAt, at }: AnswerMoment) {
  return { as_of: at, read_sequence: as === 'WRITE' ? Math.max(sentAt, answeredAt) : sentAt };
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
