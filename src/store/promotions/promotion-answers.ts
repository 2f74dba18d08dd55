import { type PromotionKey, promotionId } from '../../domain/promotion/identity.ts';
import { completeCoupon, completePromoCode } from '../../domain/provider/complete-answer.ts';
import type { ProviderCoupon, ProviderPromoCode } from '../../domain/provider/provider.ts';
import { ProviderError } from '../../domain/provider/provider-error.ts';
import type { Sequence } from '../sequence.ts';
import { type Database, type Prepared, parameter } from '../sqlite/database.ts';
import { flag } from '../sqlite/flag.ts';
import type { PromotionRow } from '../tables.ts';
import type { PendingCreation, PendingCreations } from '../writes/pending-creations.ts';
import { type AnswerMoment, type Sending, stampOf, stillDue } from './answer-moment.ts';
import type { CountReadings } from './count-readings.ts';
import { providerColumns } from './promotion-rows.ts';
import { ruleColumns } from './rule-columns.ts';
import { isWhole, type WholeCoupon, type WholePromoCode, wholeFacts } from './whole-facts.ts';

/** Stores the answers of providers, in any order of arrival. */
export class PromotionAnswers {
  readonly #database: Database;
  readonly #sequence: Sequence;
  readonly #readings: CountReadings;
  readonly #creations: PendingCreations;
  readonly #byId: Prepared<{ id: string }, PromotionRow>;

  constructor(database: Database, parts: { sequence: Sequence; readings: CountReadings; creations: PendingCreations }) {
    this.#database = database;
    this.#sequence = parts.sequence;
    this.#readings = parts.readings;
    this.#creations = parts.creations;
    const rows = database.build.selectFrom('promotions').selectAll();
    this.#byId = database.prepare(rows.where('id', '=', parameter<string>('id')));
  }

  /** Stores the facts of an answer if no later answer is stored. Its count is always evidence. */
  install(key: PromotionKey, answered: ProviderPromoCode | ProviderCoupon, moment: AnswerMoment): void {
    const id = promotionId(key);
    const before = this.#byId.get({ id });
    // A read can show a promotion before the answer to its creation is stored.
    const creation = before || moment.as !== 'READ' ? null : this.#creations.creationOf(key, answered);
    const facts = this.#whole(key, creation ? asSent(answered, creation) : answered);
    if (!before) {
      this.#insert(key, facts, { moment, creation });
      return;
    }
    const isLatest = moment.sentAt > before.read_sequence;
    const isTrusted = isLatest && (moment.as === 'READ' || moment.as === 'WRITE');
    const count = isTrusted ? plainCount(before, facts, moment) : null;
    if (isTrusted) this.#update(key, facts, moment, count);
    else if (moment.as === 'PROOF') this.#prove(before, facts);
    // The write overlapped another write, or a later read is stored. Only a new read shows the final state.
    else if (moment.as !== 'READ') this.expectRead(id);
    if (count || facts.redeemedCount === undefined) return;
    const { answeredAt } = moment;
    this.#readings.add(id, { count: facts.redeemedCount, answeredAt, isLatest: isLatest && moment.as !== 'PROOF' });
  }

  /**
   * Adds missing facts from the store.
   * @throws {ProviderError} MALFORMED_ANSWER if the store does not have them either
   */
  #whole(key: PromotionKey, facts: ProviderPromoCode | ProviderCoupon): WholePromoCode | WholeCoupon {
    if (isWhole(facts)) return facts;
    const coupon = facts.kind === 'PromoCode' ? facts.coupon : null;
    const couponId = coupon && promotionId({ ...key, kind: 'Coupon', providerId: coupon.providerId });
    const storedCoupon = couponId === null ? undefined : this.#byId.get({ id: couponId });
    const whole = wholeFacts(facts, this.#byId.get({ id: promotionId(key) }), storedCoupon);
    if (whole) return whole;
    const what = `the answer for a ${key.kind} omits fields that the store does not have either`;
    throw new ProviderError(key.provider, 'MALFORMED_ANSWER', what, { unchanged: true });
  }

  #insert(
    key: PromotionKey,
    facts: WholePromoCode | WholeCoupon,
    { moment, creation }: { moment: AnswerMoment; creation: PendingCreation | null },
  ): void {
    this.#database.run(
      this.#database.build.insertInto('promotions').values({
        provider_first_transaction: 0,
        provider_count: 0,
        created_at: moment.at,
        ...providerColumns(key, facts),
        ...(creation && { ...ruleColumns(creation.rules), rules_of: creation.intentId }),
        count_answered: moment.answeredAt,
        unknown_count: flag(facts.redeemedCount === undefined),
        unknown_limit: flag(facts.maxRedemptions === undefined),
        ...stampOf(moment),
      }),
    );
    if (moment.as === 'PROOF') this.expectRead(promotionId(key));
  }

  #update(
    key: PromotionKey,
    facts: WholePromoCode | WholeCoupon,
    moment: AnswerMoment,
    count: PlainCount | null,
  ): void {
    const { provider_count: _, ...columns } = providerColumns(key, facts);
    this.#database.run(
      this.#database.build
        .updateTable('promotions')
        .set({
          ...columns,
          ...count,
          ...(facts.redeemedCount !== undefined && { unknown_count: 0 }),
          ...(facts.maxRedemptions !== undefined && { unknown_limit: 0 }),
          ...stampOf(moment),
          due_sequence: stillDue(moment.sentAt),
        })
        .where('id', '=', columns.id),
    );
  }

  /** The object exists. Keeps its stored facts, and adds those that the provider omits from its answers to reads. */
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

  /** The provider no longer has the promotion: keeps it as inactive. */
  markGone(id: string, { sentAt, at }: Sending): void {
    this.#database.run(
      this.#database.build
        .updateTable('promotions')
        .set({ provider_active: 0, as_of: at, read_sequence: sentAt, due_sequence: stillDue(sentAt) })
        .where('id', '=', id)
        .where('read_sequence', '<', sentAt),
    );
  }

  /** Marks the promotion as due: it must be read from the provider before the next decision on a use. */
  expectRead(id: string): void {
    const due = { due_sequence: this.#sequence.next() };
    this.#database.run(this.#database.build.updateTable('promotions').set(due).where('id', '=', id));
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
