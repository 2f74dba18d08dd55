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

/** What the answers of providers change in the store, in whatever order they arrive. */
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

  /** Takes in the facts of an answer, as far as they can be believed. Its count is evidence in any case. */
  install(key: PromotionKey, told: ProviderPromoCode | ProviderCoupon, moment: AnswerMoment): void {
    const id = promotionId(key);
    const before = this.#byId.get({ id });
    // The answer to a write of ours needs no search for its maker.
    const maker = before || moment.as !== 'READ' ? null : this.#creations.creationOf(key, told);
    const facts = this.#whole(key, maker ? asSent(told, maker) : told);
    if (!before) {
      this.#insert(key, facts, { moment, maker });
      return;
    }
    const isLatest = moment.sentAt > before.read_sequence;
    const isBelieved = isLatest && (moment.as === 'READ' || moment.as === 'WRITE');
    const count = isBelieved ? plainCount(before, facts, moment) : null;
    if (isBelieved) this.#update(key, facts, moment, count);
    else if (moment.as === 'PROOF') this.#prove(before, facts);
    // A write beside another one, or beside a read that was sent after it: which saw the other nobody knows.
    else if (moment.as !== 'READ') this.expectRead(id);
    if (count || facts.redeemedCount === undefined) return;
    const { answeredAt } = moment;
    this.#readings.add(id, { count: facts.redeemedCount, answeredAt, isLatest: isLatest && moment.as !== 'PROOF' });
  }

  /** @throws {ProviderError} MALFORMED_ANSWER where neither the answer nor the store has what is needed */
  #whole(key: PromotionKey, facts: ProviderPromoCode | ProviderCoupon): WholePromoCode | WholeCoupon {
    if (isWhole(facts)) return facts;
    const coupon = facts.kind === 'PromoCode' ? facts.coupon : null;
    const couponId = coupon && promotionId({ ...key, kind: 'Coupon', providerId: coupon.providerId });
    const behind = couponId === null ? undefined : this.#byId.get({ id: couponId });
    const whole = wholeFacts(facts, this.#byId.get({ id: promotionId(key) }), behind);
    if (whole) return whole;
    const what = `the answer for a ${key.kind} leaves out what is not known either`;
    throw new ProviderError(key.provider, 'MALFORMED_ANSWER', what, { unchanged: true });
  }

  #insert(
    key: PromotionKey,
    facts: WholePromoCode | WholeCoupon,
    { moment, maker }: { moment: AnswerMoment; maker: PendingCreation | null },
  ): void {
    this.#database.run(
      this.#database.build.insertInto('promotions').values({
        provider_first_transaction: 0,
        provider_count: 0,
        created_at: moment.at,
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
}

type PlainCount = Pick<PromotionRow, 'provider_count' | 'count_answered'>;

/** The count of most answers: no use is open and nothing more is proven, so it simply replaces the one before. */
function plainCount(
  before: PromotionRow,
  { redeemedCount }: WholePromoCode | WholeCoupon,
  { answeredAt }: AnswerMoment,
): PlainCount | null {
  if (redeemedCount === undefined || before.held > 0 || before.count_lag > 0) return null;
  const isMore = redeemedCount >= before.provider_count && answeredAt >= before.count_answered;
  return isMore ? { provider_count: redeemedCount, count_answered: answeredAt } : null;
}

/** What is seen of a creation that is not recorded yet, with what was sent where the provider leaves it out. */
function asSent(
  told: ProviderPromoCode | ProviderCoupon,
  { sent }: PendingCreation,
): ProviderPromoCode | ProviderCoupon {
  if (told.kind === 'PromoCode') return 'promoCode' in sent ? completePromoCode(told, sent.promoCode) : told;
  return 'coupon' in sent ? completeCoupon(told, sent.coupon) : told;
}
