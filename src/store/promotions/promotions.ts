import { sql } from 'kysely';
import { type PromotionKey, promotionId } from '../../domain/promotion/identity.ts';
import type { GatewayRules, Instant, Metadata, ProviderName } from '../../domain/promotion/promotion.ts';
import type { ProviderSide } from '../../domain/provider/promo-code-change.ts';
import type { ProviderCoupon, ProviderPromoCode } from '../../domain/provider/provider.ts';
import { ProviderError } from '../../domain/provider/provider-error.ts';
import type { ProviderEvent } from '../../domain/provider/webhook-delivery.ts';
import type { Db, Engine } from '../engines/engine.ts';
import { type Placeholders, type PreparedQuery, prepare } from '../engines/prepared.ts';
import { write } from '../engines/write.ts';
import type { PromotionRow } from '../tables.ts';
import type { AnswerMoment, Sending } from './answer-moment.ts';
import type { CountReadings } from './count-readings.ts';
import { PromotionAnswers, type PromotionParts } from './promotion-answers.ts';
import { PromotionReads } from './promotion-reads.ts';
import { ruleColumns, setLatest } from './rule-columns.ts';
import { asOtherKind } from './whole-facts.ts';

type Facts = ProviderPromoCode | ProviderCoupon;

interface Owner {
  provider: ProviderName;
  account: string;
}

/** The promo codes and coupons, as providers last returned them. */
export class Promotions extends PromotionReads {
  readonly #engine: Engine;
  readonly #readings: CountReadings;
  readonly #answers: PromotionAnswers;
  readonly #byId: PreparedQuery<{ id: string }, PromotionRow>;
  readonly #lockAll: PreparedQuery<{ ids: readonly string[] }, { id: string }>;

  constructor(engine: Engine, parts: PromotionParts) {
    super(engine);
    this.#engine = engine;
    this.#readings = parts.readings;
    this.#answers = new PromotionAnswers(engine, parts);
    const { dialect } = engine;
    this.#byId = prepare(engine, (db, value: Placeholders<{ id: string }>) =>
      db.selectFrom('promotions').selectAll().where('id', '=', value('id')),
    );
    this.#lockAll = prepare(engine, (db, value: Placeholders<{ ids: readonly string[] }>) => {
      const isWanted = dialect.isAmong(sql.ref('id'), value('ids'));
      return dialect.locked(db.selectFrom('promotions').select('id').where(isWanted).orderBy('id'));
    });
  }

  /** The moment at which a call to a provider is sent. Draws a sequence number. */
  async sending(at: Instant, db?: Db): Promise<Sending> {
    const [sentAt = 0] = await write(this.#engine, db, (transaction) =>
      this.#engine.dialect.nextNumbers(transaction, 1),
    );
    return { sentAt, at };
  }

  /**
   * The moment of an answer to a read that has just arrived. Every use that was taken with this number or a smaller one
   * has to be committed: {@link save} looks for open uses that were taken between two answers. A use that is committed
   * later would be missed, and with it that it raises the count of the earlier answer only.
   */
  async answered(sending: Sending, db: Db = this.#engine.reads): Promise<AnswerMoment> {
    return { ...sending, answeredAt: await this.#engine.dialect.latestNumber(db), as: 'READ' };
  }

  /**
   * Stores a provider's answer, including the coupon of a promo code, and returns the id. Drops facts that are older
   * than the stored ones. If their order is unknown, marks the row as due. The count is always evidence.
   * @throws {ProviderError} MALFORMED_ANSWER when neither the answer nor the store has a required field
   */
  save(owner: Owner, facts: Facts, moment: AnswerMoment, db?: Db): Promise<string> {
    return write(this.#engine, db, async (transaction) => {
      await this.#lock(owner, [facts], transaction);
      return this.#save(owner, facts, moment, transaction);
    });
  }

  /**
   * Stores an answer with several promotions in one transaction. Skips those that lack a required field.
   * @returns the ids of the stored promotions
   */
  saveEach(owner: Owner, facts: readonly Facts[], moment: AnswerMoment, db?: Db): Promise<string[]> {
    return write(this.#engine, db, async (transaction) => {
      await this.#lock(owner, facts, transaction);
      const saved: string[] = [];
      for (const one of facts) {
        try {
          saved.push(await this.#save(owner, one, moment, transaction));
        } catch (error) {
          // Only a query that fails would spoil the transaction.
          if (!(error instanceof ProviderError)) throw error;
        }
      }
      return saved;
    });
  }

  /**
   * Locks what an answer shows, in the order of the ids: two transactions never wait for each other. Of two that store an
   * object as a coupon and as a promo code, the second has to see the first.
   */
  async #lock(owner: Owner, facts: readonly Facts[], db: Db): Promise<void> {
    const keys = facts.flatMap((one): PromotionKey[] => {
      const { own, other, coupon } = keysOf(owner, one);
      return [own, ...(one.isOneOfBoth ? [other] : []), ...(coupon ? [coupon] : [])];
    });
    const stored = keys.length > 1 ? await this.#lockAll.all(db, { ids: keys.map(promotionId) }) : [];
    const storedIds = new Set(stored.map(({ id }) => id));
    const unknown = facts.filter((one) => {
      const { own, other } = keysOf(owner, one);
      return one.isOneOfBoth && !storedIds.has(promotionId(own)) && !storedIds.has(promotionId(other));
    });
    const { provider, account } = owner;
    const texts = unknown.map(({ providerId }) => JSON.stringify(['kind', provider, account, providerId]));
    await this.#engine.dialect.lock(db, texts);
  }

  async #save(owner: Owner, facts: Facts, moment: AnswerMoment, db: Db): Promise<string> {
    const { own, other, coupon } = keysOf(owner, facts);
    if (coupon && facts.kind === 'PromoCode' && facts.coupon?.kind === 'Coupon') {
      // A write changes only the promo code. For the coupon, its answer is like a read.
      const couponMoment = moment.as === 'PROOF' ? moment : { ...moment, as: 'READ' as const };
      await this.#answers.install(coupon, facts.coupon, couponMoment, db);
    }
    const isOther = facts.isOneOfBoth && !(await this.#has(own, db)) && (await this.#has(other, db));
    const key = isOther ? other : own;
    await this.#answers.install(key, isOther ? asOtherKind(facts) : facts, moment, db);
    return promotionId(key);
  }

  /** The provider no longer has the promotion: keeps it as inactive. */
  markGone(id: string, sending: Sending, db?: Db): Promise<void> {
    return write(this.#engine, db, (transaction) => this.#answers.markGone(id, sending, transaction));
  }

  /**
   * Marks the promotions that an event may concern as due: those that it is about, those for its plans, those used on its
   * subscriptions, and the promo codes of its coupons.
   */
  async markDue(
    provider: ProviderName,
    { planIds, subscriptionIds, promotionIds, couponIds }: Omit<ProviderEvent, 'id'>,
    db?: Db,
  ): Promise<void> {
    if ([planIds, subscriptionIds, promotionIds, couponIds].every((named) => named.length === 0)) return;
    const { isAmong, isResultOf, locked, nextNumbers } = this.#engine.dialect;
    await write(this.#engine, db, async (transaction) => {
      const withOne = (column: string, ids: string[]) =>
        sql`select id from promotions where ${isAmong(sql.ref(column), ids)}`;
      const concernedIds = sql`${withOne('provider_plan_id', planIds)} union all ${withOne('rule_plan_id', planIds)}
        union all ${withOne('id', promotionIds)} union all ${withOne('coupon_id', couponIds)}
        union all select promotion_id from redemptions where ${isAmong(sql.ref('subscription_id'), subscriptionIds)}`;
      const concerned = transaction
        .selectFrom('promotions')
        .select('id')
        .where('provider', '=', provider)
        .where(isResultOf(sql.ref('id'), concernedIds))
        .orderBy('id');
      const ids = (await locked(concerned).execute()).map(({ id }) => id);
      const [due_sequence = 0] = await nextNumbers(transaction, 1);
      await transaction
        .updateTable('promotions')
        .set({ due_sequence })
        .where(isAmong(sql.ref('id'), ids))
        .execute();
    });
  }

  /**
   * Sets the rules that the gateway enforces. An absent rule stays; null (or false) removes it.
   * @param sentAt the sequence number when the write was sent. Rules that a later write has set stay.
   */
  setRules(id: string, rules: GatewayRules, sentAt: number, db?: Db): Promise<void> {
    const change = { id, columns: ruleColumns(rules), sentAt };
    return write(this.#engine, db, (transaction) => setLatest(this.#engine, transaction, change));
  }

  /** The promotion at the provider, without the gateway's rules; null: it is not in the store. */
  async providerSide(id: string, db: Db = this.#engine.reads): Promise<ProviderSide | null> {
    const row = await this.#byId.first(db, { id });
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
  setMetadata(id: string, metadata: Metadata | null, sentAt: number, db?: Db): Promise<void> {
    const change = { id, columns: { metadata: metadata && JSON.stringify(metadata) }, sentAt };
    return write(this.#engine, db, (transaction) => setLatest(this.#engine, transaction, change));
  }

  /** Accepts the provider's number as the count, even if it is below what was proven. */
  acceptCount(id: string, count: number, db?: Db): Promise<void> {
    return write(this.#engine, db, async (transaction) => {
      const latest = await this.#engine.dialect.latestNumber(transaction);
      await this.#readings.accept(id, count, latest, transaction);
    });
  }

  /** The counts of a promotion: the provider's latest one, the proven minimum, and the uses that no provider counts. */
  async countsOf(
    id: string,
    db: Db = this.#engine.reads,
  ): Promise<{ provider: number; proven: number; uncounted: number } | null> {
    const row = await this.#byId.first(db, { id });
    if (!row) return null;
    const { provider_count: provider, count_lag: lag, uncounted } = row;
    return { provider, proven: provider + lag, uncounted };
  }

  async #has(key: PromotionKey, db: Db): Promise<boolean> {
    return (await this.#byId.first(db, { id: promotionId(key) })) !== undefined;
  }
}

/** What an answer shows: the promotion, the same object as the other kind, and the coupon that is part of the answer. */
function keysOf(owner: Owner, facts: Facts): { own: PromotionKey; other: PromotionKey; coupon: PromotionKey | null } {
  const { kind, providerId } = facts;
  const { provider, account } = owner;
  const coupon = facts.kind === 'PromoCode' && facts.coupon?.kind === 'Coupon' ? facts.coupon : null;
  return {
    own: { provider, account, kind, providerId },
    other: { provider, account, kind: kind === 'Coupon' ? 'PromoCode' : 'Coupon', providerId },
    coupon: coupon && { provider, account, kind: 'Coupon', providerId: coupon.providerId },
  };
}
