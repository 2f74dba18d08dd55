import { type SqlBool, sql } from 'kysely';
import { codeSkeleton, normalizedCode } from '../../domain/codes/code.ts';
import { type PromotionKey, promotionId } from '../../domain/promotion/identity.ts';
import type {
  Coupon,
  GatewayRules,
  Instant,
  Metadata,
  PromoCode,
  Promotion,
  ProviderName,
} from '../../domain/promotion/promotion.ts';
import type { ProviderSide } from '../../domain/provider/promo-code-change.ts';
import type { ProviderCoupon, ProviderPromoCode } from '../../domain/provider/provider.ts';
import { ProviderError } from '../../domain/provider/provider-error.ts';
import type { ProviderEvent } from '../../domain/provider/webhook-delivery.ts';
import type { Sequence } from '../sequence.ts';
import { type Database, type Prepared, parameter } from '../sqlite/database.ts';
import { isAmong } from '../sqlite/membership.ts';
import type { PromotionRow } from '../tables.ts';
import type { PendingCreations } from '../writes/pending-creations.ts';
import type { AnswerMoment, Sending } from './answer-moment.ts';
import type { CountReadings } from './count-readings.ts';
import { PromotionAnswers } from './promotion-answers.ts';
import { toPromoCode, toPromotion } from './promotion-rows.ts';
import { ruleColumns, setLatest } from './rule-columns.ts';
import { asOtherKind } from './whole-facts.ts';

/** Where to look for a code; absent: everywhere. */
interface CodeOwner {
  provider?: ProviderName;
  account?: string;
}

/** The promo codes and coupons, as providers last returned them. */
export class Promotions {
  readonly #database: Database;
  readonly #sequence: Sequence;
  readonly #readings: CountReadings;
  readonly #answers: PromotionAnswers;
  readonly #byId: Prepared<{ id: string }, PromotionRow>;
  readonly #byIds: Prepared<{ ids: string }, PromotionRow>;
  readonly #byCode: Prepared<{ normalized_code: string }, PromotionRow>;
  readonly #bySkeleton: Prepared<{ skeleton: string }, PromotionRow>;

  constructor(database: Database, parts: { sequence: Sequence; readings: CountReadings; creations: PendingCreations }) {
    this.#database = database;
    this.#sequence = parts.sequence;
    this.#readings = parts.readings;
    this.#answers = new PromotionAnswers(database, parts);
    const rows = database.build.selectFrom('promotions').selectAll();
    this.#byId = database.prepare(rows.where('id', '=', parameter<string>('id')));
    const among = sql`(select value from json_each(${parameter('ids')}))`;
    // Includes the coupons of the promo codes.
    const areTheirCoupons = sql<SqlBool>`id in (select coupon_id from promotions where id in ${among})`;
    this.#byIds = database.prepare(rows.where((where) => where.or([sql<SqlBool>`id in ${among}`, areTheirCoupons])));
    this.#byCode = database.prepare(rows.where('normalized_code', '=', parameter<string>('normalized_code')));
    const skeleton = parameter<string>('skeleton');
    this.#bySkeleton = database.prepare(
      rows.where((where) => where.or([where('normalized_code', '=', skeleton), where('code_skeleton', '=', skeleton)])),
    );
  }

  /** The moment at which a call to a provider is sent. Draws a sequence number. */
  sending(at: Instant): Sending {
    return { sentAt: this.#sequence.next(), at };
  }

  /** The moment of an answer to a read that has just arrived. */
  answered(sending: Sending): AnswerMoment {
    return { ...sending, answeredAt: this.#sequence.latest(), as: 'READ' };
  }

  get(id: string, now: Instant): Promotion | null {
    const row = this.#byId.get({ id });
    return row ? toPromotion(row, this.#couponOf(row), now) : null;
  }

  /** Reads several promotions with one query. Returns them in the order of the ids; null: not in the store. */
  getMany(ids: readonly string[], now: Instant): (Promotion | null)[] {
    // The most common case. The simple look-up takes half the time.
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

  /** Every promo code with this normalized code, including archived ones, newest first. */
  findByCode(code: string, owner: CodeOwner, now: Instant): PromoCode[] {
    return this.#promoCodesOf(this.#byCode.all({ normalized_code: normalizedCode(code) }), owner, now);
  }

  /** Every promo code whose text looks like this one in any alphabet, newest first. */
  findLookAlikes(code: string, owner: CodeOwner, now: Instant): PromoCode[] {
    return this.#promoCodesOf(this.#bySkeleton.all({ skeleton: codeSkeleton(code) }), owner, now);
  }

  #promoCodesOf(rows: PromotionRow[], owner: CodeOwner, now: Instant): PromoCode[] {
    return rows
      .filter(
        ({ provider, account }) => provider === (owner.provider ?? provider) && account === (owner.account ?? account),
      )
      .sort((one, other) => other.created_at - one.created_at || (one.id < other.id ? 1 : -1))
      .map((row) => toPromoCode(row, this.#couponOf(row), now));
  }

  /** Converts rows of a list. Reads the coupon of each promo code. */
  show(rows: PromotionRow[], now: Instant): Promotion[] {
    return rows.map((row) => toPromotion(row, this.#couponOf(row), now));
  }

  /**
   * Stores a provider's answer, including the coupon of a promo code, and returns the id. Drops facts that are older
   * than the stored ones. If their order is unknown, marks the row as due. The count is always evidence.
   * @throws {ProviderError} MALFORMED_ANSWER when neither the answer nor the store has a required field
   */
  save(
    owner: { provider: ProviderName; account: string },
    facts: ProviderPromoCode | ProviderCoupon,
    moment: AnswerMoment,
  ): string {
    return this.#database.transaction(() => {
      const own = { ...owner, kind: facts.kind, providerId: facts.providerId };
      if (facts.kind === 'PromoCode' && facts.coupon?.kind === 'Coupon') {
        // A write changes only the promo code. For the coupon, its answer is like a read.
        const couponMoment = moment.as === 'PROOF' ? moment : { ...moment, as: 'READ' as const };
        this.#answers.install(
          { ...own, kind: 'Coupon', providerId: facts.coupon.providerId },
          facts.coupon,
          couponMoment,
        );
      }
      const other = { ...own, kind: own.kind === 'Coupon' ? ('PromoCode' as const) : ('Coupon' as const) };
      const isOther = facts.isOneOfBoth && !this.#has(own) && this.#has(other);
      const key = isOther ? other : own;
      this.#answers.install(key, isOther ? asOtherKind(facts) : facts, moment);
      return promotionId(key);
    });
  }

  /**
   * Stores an answer with several promotions in one transaction. Skips those that lack a required field.
   * @returns the ids of the stored promotions
   */
  saveEach(
    owner: { provider: ProviderName; account: string },
    facts: readonly (ProviderPromoCode | ProviderCoupon)[],
    moment: AnswerMoment,
  ): string[] {
    return this.#database.transaction(() =>
      facts.flatMap((one) => {
        try {
          return this.save(owner, one, moment);
        } catch (error) {
          if (error instanceof ProviderError) return [];
          throw error;
        }
      }),
    );
  }

  /** The provider no longer has the promotion: keeps it as inactive. */
  markGone(id: string, sending: Sending): void {
    this.#answers.markGone(id, sending);
  }

  /**
   * Marks the promotions that an event may concern as due: those for its plans, and those used on its subscriptions.
   */
  markDue(provider: ProviderName, { planIds, subscriptionIds }: Omit<ProviderEvent, 'id'>): void {
    if (planIds.length + subscriptionIds.length === 0) return;
    const { build } = this.#database;
    const used = build.selectFrom('redemptions').where(isAmong(sql.ref('subscription_id'), subscriptionIds));
    const concerned = build
      .updateTable('promotions')
      .set({ due_sequence: this.#sequence.next() })
      .where('provider', '=', provider)
      .where((where) =>
        where.or([
          isAmong(sql.ref('provider_plan_id'), planIds),
          isAmong(sql.ref('rule_plan_id'), planIds),
          where('id', 'in', used.select('promotion_id')),
        ]),
      );
    this.#database.run(concerned);
  }

  /**
   * Sets the rules that the gateway enforces. An absent rule stays; null (or false) removes it.
   * @param sentAt the sequence number when the write was sent. Rules that a later write has set stay.
   */
  setRules(id: string, rules: GatewayRules, sentAt: number): void {
    setLatest(this.#database, id, ruleColumns(rules), sentAt);
  }

  /** The promotion at the provider, without the gateway's rules; null: it is not in the store. */
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

  /** Sets the metadata that the gateway stores for a provider without metadata, unless a later write has set it. */
  setMetadata(id: string, metadata: Metadata | null, sentAt: number): void {
    setLatest(this.#database, id, { metadata: metadata && JSON.stringify(metadata) }, sentAt);
  }

  /** Accepts the provider's number as the count, even if it is below what was proven. */
  acceptCount(id: string, count: number): void {
    this.#database.transaction(() => this.#readings.accept(id, count, this.#sequence.latest()));
  }

  /** The counts of a promotion: the provider's latest one, the proven minimum, and the uses that no provider counts. */
  countsOf(id: string): { provider: number; proven: number; uncounted: number } | null {
    const row = this.#byId.get({ id });
    if (!row) return null;
    const { provider_count: provider, count_lag: lag, uncounted } = row;
    return { provider, proven: provider + lag, uncounted };
  }

  #has(key: PromotionKey): boolean {
    return this.#byId.get({ id: promotionId(key) }) !== undefined;
  }

  #couponOf(row: PromotionRow): PromotionRow | null {
    return row.coupon_id === null ? null : (this.#byId.get({ id: row.coupon_id }) ?? null);
  }
}
