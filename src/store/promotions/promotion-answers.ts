import { type PromotionKey, promotionId } from '../../domain/promotion/identity.ts';
import { completeCoupon, completePromoCode } from '../../domain/provider/complete-answer.ts';
import type { ProviderCoupon, ProviderPromoCode } from '../../domain/provider/provider.ts';
import { ProviderError } from '../../domain/provider/provider-error.ts';
import type { Db, Engine } from '../engines/engine.ts';
import { type Placeholders, type PreparedQuery, prepare } from '../engines/prepared.ts';
import { flag } from '../flag.ts';
import type { ProviderChanges } from '../history/provider-changes.ts';
import type { PromotionRow } from '../tables.ts';
import type { PendingCreation, PendingCreations } from '../writes/pending-creations.ts';
import { type AnswerMoment, type Sending, stampOf, stillDue } from './answer-moment.ts';
import type { CountReadings } from './count-readings.ts';
import { providerColumns } from './promotion-rows.ts';
import { ruleColumns } from './rule-columns.ts';
import { isWhole, optionsColumn, type WholeCoupon, type WholePromoCode, wholeFacts } from './whole-facts.ts';

/** What the stored promotions are made of, apart from their table. */
export interface PromotionParts {
  readings: CountReadings;
  creations: PendingCreations;
  changes: ProviderChanges;
}

/** Stores the answers of providers, in any order of arrival. Each method is part of a transaction. */
export class PromotionAnswers {
  readonly #engine: Engine;
  readonly #readings: CountReadings;
  readonly #creations: PendingCreations;
  readonly #changes: ProviderChanges;
  readonly #byId: PreparedQuery<{ id: string }, PromotionRow>;

  constructor(engine: Engine, parts: PromotionParts) {
    this.#engine = engine;
    this.#readings = parts.readings;
    this.#creations = parts.creations;
    this.#changes = parts.changes;
    this.#byId = prepare(engine, (db, value: Placeholders<{ id: string }>) =>
      engine.dialect.locked(db.selectFrom('promotions').selectAll().where('id', '=', value('id'))),
    );
  }

  /** Stores the facts of an answer if no later answer is stored. Its count is always evidence. */
  async install(
    key: PromotionKey,
    answered: ProviderPromoCode | ProviderCoupon,
    moment: AnswerMoment,
    db: Db,
  ): Promise<void> {
    const stored = await this.#row(key, db);
    // A read can show a promotion before the answer to its creation is stored.
    const creation = stored || moment.as !== 'READ' ? null : await this.#creations.creationOf(key, answered, db);
    const facts = await this.#whole(key, creation ? asSent(answered, creation) : answered, stored, db);
    if (!stored && (await this.#insert(key, facts, { moment, creation }, db))) return;
    const before = stored ?? (await this.#row(key, db));
    if (before) await this.#installOver(before, key, facts, moment, db);
  }

  async #installOver(
    before: PromotionRow,
    key: PromotionKey,
    facts: WholePromoCode | WholeCoupon,
    moment: AnswerMoment,
    db: Db,
  ): Promise<void> {
    const { id } = before;
    const isLatest = moment.sentAt > before.read_sequence;
    const isTrusted = isLatest && (moment.as === 'READ' || moment.as === 'WRITE');
    const count = isTrusted ? plainCount(before, facts, moment) : null;
    if (isTrusted) await this.#update(before, providerColumns(key, facts), { facts, moment, count }, db);
    else if (moment.as === 'PROOF') await this.#prove(before, facts, db);
    // The write overlapped another write, or a later read is stored. Only a new read shows the final state.
    else if (moment.as !== 'READ') await this.expectRead(id, db);
    if (count || facts.redeemedCount === undefined) return;
    const { answeredAt } = moment;
    const isCurrent = isLatest && moment.as !== 'PROOF';
    await this.#readings.add(id, { count: facts.redeemedCount, answeredAt, isLatest: isCurrent }, db);
  }

  /**
   * Adds missing facts from the store.
   * @throws {ProviderError} MALFORMED_ANSWER if the store does not have them either
   */
  async #whole(
    key: PromotionKey,
    facts: ProviderPromoCode | ProviderCoupon,
    stored: PromotionRow | undefined,
    db: Db,
  ): Promise<WholePromoCode | WholeCoupon> {
    if (isWhole(facts)) return facts;
    const coupon = facts.kind === 'PromoCode' ? facts.coupon : null;
    const storedCoupon =
      coupon === null ? undefined : await this.#row({ ...key, kind: 'Coupon', providerId: coupon.providerId }, db);
    const whole = wholeFacts(facts, stored, storedCoupon);
    if (whole) return whole;
    const what = `the answer for a ${key.kind} omits fields that the store does not have either`;
    throw new ProviderError(key.provider, 'MALFORMED_ANSWER', what, { unchanged: true });
  }

  /** @returns false if another transaction has stored the promotion since it was looked for */
  async #insert(
    key: PromotionKey,
    facts: WholePromoCode | WholeCoupon,
    { moment, creation }: { moment: AnswerMoment; creation: PendingCreation | null },
    db: Db,
  ): Promise<boolean> {
    const { numInsertedOrUpdatedRows: inserted = 0n } = await db
      .insertInto('promotions')
      .values({
        provider_first_transaction: 0,
        provider_count: 0,
        created_at: moment.at,
        ...providerColumns(key, facts),
        ...(creation && { ...ruleColumns(creation.rules), rules_of: creation.intentId }),
        count_answered: moment.answeredAt,
        unknown_count: flag(facts.redeemedCount === undefined),
        unknown_limit: flag(facts.maxRedemptions === undefined),
        ...stampOf(moment),
      })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .executeTakeFirstOrThrow();
    if (inserted > 0n && moment.as === 'PROOF') await this.expectRead(promotionId(key), db);
    return inserted > 0n;
  }

  async #update(
    before: PromotionRow,
    { provider_count: _, ...columns }: ReturnType<typeof providerColumns>,
    answer: { facts: WholePromoCode | WholeCoupon; moment: AnswerMoment; count: PlainCount | null },
    db: Db,
  ): Promise<void> {
    const { facts, moment, count } = answer;
    await db
      .updateTable('promotions')
      .set({
        ...columns,
        ...count,
        ...(facts.redeemedCount !== undefined && { unknown_count: 0 }),
        ...(facts.maxRedemptions !== undefined && { unknown_limit: 0 }),
        ...stampOf(moment),
        due_sequence: stillDue(moment.sentAt),
      })
      .where('id', '=', columns.id)
      .execute();
    // The answer to a write is in the history with its request.
    if (moment.as === 'READ' && isDifferent(before, columns)) await this.#changes.add(before, moment.at, db);
  }

  /** The object exists. Keeps its stored facts, and adds those that the provider omits from its answers to reads. */
  async #prove(before: PromotionRow, facts: ProviderPromoCode | ProviderCoupon, db: Db): Promise<void> {
    if (facts.kind === 'PromoCode') {
      const { customerId, planId, firstTransactionOnly, minimumOrder, minimumOrderOptions = [] } = facts;
      await db
        .updateTable('promotions')
        .set({
          provider_customer_id: before.provider_customer_id ?? customerId ?? null,
          provider_plan_id: before.provider_plan_id ?? planId ?? null,
          provider_first_transaction: flag(before.provider_first_transaction === 1 || firstTransactionOnly === true),
          provider_minimum_minor: before.provider_minimum_minor ?? minimumOrder?.minorUnits ?? null,
          provider_minimum_currency: before.provider_minimum_currency ?? minimumOrder?.currency ?? null,
          provider_minimum_options: before.provider_minimum_options ?? optionsColumn(minimumOrderOptions),
        })
        .where('id', '=', before.id)
        .execute();
    }
    await this.expectRead(before.id, db);
  }

  /** The provider no longer has the promotion: keeps it as inactive. */
  async markGone(id: string, { sentAt, at }: Sending, db: Db): Promise<void> {
    const before = await this.#byId.first(db, { id });
    if (!before || before.read_sequence >= sentAt) return;
    const columns = { provider_active: 0 } as const;
    await db
      .updateTable('promotions')
      .set({ ...columns, as_of: at, read_sequence: sentAt, due_sequence: stillDue(sentAt) })
      .where('id', '=', id)
      .execute();
    if (isDifferent(before, columns)) await this.#changes.add(before, at, db);
  }

  /** Marks the promotion as due: it must be read from the provider before the next decision on a use. */
  async expectRead(id: string, db: Db): Promise<void> {
    const [due_sequence = 0] = await this.#engine.dialect.nextNumbers(db, 1);
    await db.updateTable('promotions').set({ due_sequence }).where('id', '=', id).execute();
  }

  #row(key: PromotionKey, db: Db): Promise<PromotionRow | undefined> {
    return this.#byId.first(db, { id: promotionId(key) });
  }
}

type PlainCount = Pick<PromotionRow, 'provider_count' | 'count_answered'>;

/**
 * The usual case: no use is open and nothing more is proven, so the new count replaces the old one. Null: any other
 * case.
 */
function plainCount(
  before: PromotionRow,
  { redeemedCount }: WholePromoCode | WholeCoupon,
  { answeredAt }: AnswerMoment,
): PlainCount | null {
  if (redeemedCount === undefined || before.held > 0 || before.count_lag > 0) return null;
  const isMore = redeemedCount >= before.provider_count && answeredAt >= before.count_answered;
  return isMore ? { provider_count: redeemedCount, count_answered: answeredAt } : null;
}

/** Whether columns of a row have got another value. The same metadata may come in another order. */
function isDifferent(before: PromotionRow, columns: Partial<PromotionRow>): boolean {
  const values: Readonly<Record<string, unknown>> = before;
  return Object.entries(columns).some(([column, value]) => values[column] !== value);
}

/** Completes facts with what the pending creation sent. */
function asSent(
  answered: ProviderPromoCode | ProviderCoupon,
  { sent }: PendingCreation,
): ProviderPromoCode | ProviderCoupon {
  if (answered.kind === 'PromoCode') {
    return 'promoCode' in sent ? completePromoCode(answered, sent.promoCode) : answered;
  }
  return 'coupon' in sent ? completeCoupon(answered, sent.coupon) : answered;
}
