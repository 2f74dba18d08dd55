import { randomUUID } from 'node:crypto';
import {
  type Conflict,
  conflict,
  type IdempotencyConflict,
  type NotFound,
  notFound,
  type Refusal,
  refusal,
} from '../promo/answers.ts';
import { parsePromotionId, parseRedemptionId } from '../promo/identity.ts';
import type { Money } from '../promo/money.ts';
import type { Instant, Promotion, ProviderName } from '../promo/promotion.ts';
import type { Order, Redemption } from '../promo/redemption.ts';
import { judge, type Verdict } from '../promo/rules.ts';
import type { GroupCommit } from './group-commit.ts';
import type { KeyedCall, Keys } from './keys.ts';
import type { Promotions } from './promotions.ts';
import { toRedemption } from './redemption-rows.ts';
import type { RedemptionRow } from './tables.ts';
import type { Uses } from './uses.ts';

/** A use that somebody wants to make. */
export interface Use {
  promotionId: string;
  customerId: string | null;
  order: Order;
  subscriptionId: string | null;
  caller: string;
}

/** How a use is taken: for good; set aside until an instant; or set aside while the provider is asked (`until: null`). */
export type Taking = { as: 'REDEEMED' } | { as: 'HELD'; until: Instant | null };

/** The object of a key or order that had its effect before: `replayed`. RUNNING: another call has the key now. */
export type Taken = { kind: 'TAKEN'; redemption: Redemption; replayed: boolean };
export type Running = { kind: 'RUNNING'; provider: ProviderName };
export type TakeAnswer = Taken | Refusal | IdempotencyConflict | Running;
export type SettleAnswer = Taken | NotFound | Conflict | IdempotencyConflict | Running;

/**
 * The ledger decides who gets a use. Each method is one transaction that holds the write lock, so that limits, the
 * order's own hold and the idempotency key are judged and changed as one; no provider is called meanwhile. What clients
 * wait for in numbers (taking, confirming, cancelling) shares its commit with what arrives beside it.
 */
export class Ledger {
  readonly #commits: GroupCommit;
  readonly #promotions: Promotions;
  readonly #keys: Keys;
  readonly #uses: Uses;

  constructor(commits: GroupCommit, promotions: Promotions, keys: Keys, uses: Uses) {
    this.#commits = commits;
    this.#promotions = promotions;
    this.#keys = keys;
    this.#uses = uses;
  }

  /** What taking the use would answer now, without taking it. */
  quote(use: Use, now: Instant): Verdict {
    this.releaseExpired(now);
    const promotion = this.#promotions.get(use.promotionId, now);
    if (!promotion) return refusal('NOT_FOUND');
    const own = this.#ownUse(use);
    if (own?.status === 'REDEEMED') return { kind: 'ELIGIBLE', discountAmount: toRedemption(own).discountAmount };
    return this.#judge(use, promotion, own, now);
  }

  /** Takes a use, or turns the order's own hold into it. An order that has redeemed already gets that redemption. */
  take(use: Use, taking: Taking, call: KeyedCall | null, now: Instant): Promise<TakeAnswer> {
    return this.#commits.write(() => this.#replay(call, now) ?? this.takeNow(use, taking, call, now));
  }

  /** The same within a transaction that is under way, whatever the call's key says. */
  takeNow(use: Use, taking: Taking, call: KeyedCall | null, now: Instant): Exclude<TakeAnswer, IdempotencyConflict> {
    this.releaseExpired(now);
    const promotion = this.#promotions.get(use.promotionId, now);
    if (!promotion) return refusal('NOT_FOUND');
    const own = this.#ownUse(use);
    if (own?.status === 'REDEEMED') return this.#done(own.ledger_key, call, now, true);
    if (own?.held_until === null) return { kind: 'RUNNING', provider: promotion.provider };
    const verdict = this.#judge(use, promotion, own, now);
    if (verdict.kind === 'REFUSED') return verdict;
    const ledgerKey = this.#write(use, promotion, own, { taking, discountAmount: verdict.discountAmount, now });
    return this.#done(ledgerKey, call, now, false);
  }

  /** Redeems a hold that stands, whatever has become of its promotion since. */
  confirm(ledgerKey: string, countedByProvider: boolean, call: KeyedCall | null, now: Instant): Promise<SettleAnswer> {
    return this.#settle(ledgerKey, call, now, (row) => {
      if (row.status !== 'HELD') return conflict(`The redemption is ${row.status}: only a hold can be confirmed`);
      if (row.held_until === null) return conflict('The provider is being asked to apply this redemption');
      this.#uses.redeem(row, countedByProvider, now);
      return null;
    });
  }

  /** Gives a use back. One that the provider has counted stays counted: no provider takes a use back. */
  cancel(ledgerKey: string, reason: string | null, call: KeyedCall | null, now: Instant): Promise<SettleAnswer> {
    return this.#settle(ledgerKey, call, now, (row) => {
      if (row.status === 'CANCELLED' || row.status === 'EXPIRED') return conflict(`The redemption is ${row.status}`);
      if (row.status === 'HELD' && row.held_until === null) {
        return conflict('The provider is being asked to apply this redemption');
      }
      this.#uses.giveBack(row, reason, now);
      return null;
    });
  }

  /** Ends the holds that have run out, frees their uses and tells which they were. Cheap where there is none. */
  releaseExpired(now: Instant): Redemption[] {
    return this.#uses.expire(now).map(toRedemption);
  }

  #judge(use: Use, promotion: Promotion, own: RedemptionRow | undefined, now: Instant): Verdict {
    const couponId = couponIdOf(promotion);
    const coupon = couponId === null ? null : this.#promotions.getCoupon(couponId, now);
    if (couponId !== null && !coupon) return refusal('COUPON_INVALID');
    const { customerId, order } = use;
    return judge(
      {
        promotion,
        coupon,
        customerId,
        order,
        isApplied: use.subscriptionId !== null,
        hasHold: own !== undefined,
        customerUses: customerId === null ? 0 : this.#uses.countOf(customerId, promotion.id, own),
        nextRelease: (promotionId) => this.#uses.nextRelease(promotionId),
      },
      now,
    );
  }

  /** Writes what was judged, on the order's own hold where it has one, and tells the ledger key. */
  #write(
    use: Use,
    promotion: Promotion,
    own: RedemptionRow | undefined,
    { taking, discountAmount, now }: { taking: Taking; discountAmount: Money | null; now: Instant },
  ): string {
    const counted = { promotion_id: promotion.id, coupon_id: couponIdOf(promotion) };
    if (own) this.#uses.count(own, { held: -1 });
    if (!this.#uses.take(counted, taking.as === 'HELD' ? 'held' : 'uncounted')) {
      throw new Error(`${promotion.id} has no use left, though it was judged to have one`);
    }
    const columns = {
      status: taking.as,
      order_minor: use.order.amount?.minorUnits ?? null,
      order_currency: use.order.amount?.currency ?? null,
      discount_minor: discountAmount?.minorUnits ?? null,
      discount_currency: discountAmount?.currency ?? null,
      subscription_id: use.subscriptionId,
      held_until: taking.as === 'HELD' ? taking.until : null,
      held_before: taking.as === 'HELD' && taking.until === null ? (own?.held_until ?? null) : null,
      redeemed_at: taking.as === 'REDEEMED' ? now : null,
      // A hold that is made again may have been spent at the provider since it was first made.
      taken_sequence:
        taking.as === 'REDEEMED'
          ? null
          : ((taking.until === null ? null : own?.taken_sequence) ?? this.#uses.takenNow()),
    };
    if (own) {
      this.#uses.update(own, columns);
      return own.ledger_key;
    }
    const ledgerKey = randomUUID();
    this.#uses.insert({ ...ownerOf(use), ...counted, ...columns, ledger_key: ledgerKey, created_at: now });
    return ledgerKey;
  }

  #settle(
    ledgerKey: string,
    call: KeyedCall | null,
    now: Instant,
    change: (row: RedemptionRow) => Conflict | null,
  ): Promise<SettleAnswer> {
    return this.#commits.write((): SettleAnswer => {
      const before = this.#replay(call, now);
      if (before) return before;
      const row = this.#uses.get(ledgerKey);
      if (!row) return notFound('No such redemption');
      return change(row) ?? this.#done(ledgerKey, call, now, false);
    });
  }

  #ownUse(use: Use): RedemptionRow | undefined {
    return this.#uses.ofOrder(ownerOf(use));
  }

  #replay(call: KeyedCall | null, now: Instant): Taken | IdempotencyConflict | Running | null {
    // What a key gave may have run out since.
    this.releaseExpired(now);
    const state = call && this.#keys.state(call, now);
    if (state?.kind === 'CONFLICT') return { kind: 'IDEMPOTENCY_CONFLICT' };
    if (state?.kind === 'RUNNING') return state;
    const ledgerKey = state?.kind === 'SPENT' ? parseRedemptionId(state.resultId) : null;
    return ledgerKey === null ? null : this.#taken(ledgerKey, true);
  }

  /** The answer; the call's key is spent on it. A use that the provider still has to apply spends it later. */
  #done(ledgerKey: string, call: KeyedCall | null, now: Instant, replayed: boolean): Taken {
    const taken = this.#taken(ledgerKey, replayed);
    if (call) this.#keys.spend(call, this.#providerOf(taken.redemption), taken.redemption.id, now);
    return taken;
  }

  #providerOf({ promotionId }: Redemption): ProviderName {
    const key = parsePromotionId(promotionId);
    if (!key) throw new Error(`${promotionId} in the ledger is no promotion's id`);
    return key.provider;
  }

  #taken(ledgerKey: string, replayed: boolean): Taken {
    const row = this.#uses.get(ledgerKey);
    if (!row) throw new Error(`The use ${ledgerKey} is not in the ledger`);
    return { kind: 'TAKEN', redemption: toRedemption(row), replayed };
  }
}

function couponIdOf(promotion: Promotion): string | null {
  return promotion.kind === 'PromoCode' ? promotion.couponId : null;
}

function ownerOf({ caller, promotionId, customerId, order }: Use) {
  return { caller, promotion_id: promotionId, customer_id: customerId, order_id: order.id };
}
