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
import type { Database } from './database.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Intents, NewIntent } from './intents.ts';
import type { KeyedCall, Keys } from './keys.ts';
import type { Promotions } from './promotions.ts';
import { toRedemption } from './redemption-rows.ts';
import type { RedemptionRow } from './tables.ts';
import type { Uses } from './uses.ts';
import type { WriteRequestOf } from './write-request.ts';

/** A use that somebody wants to make. */
export interface Use {
  promotionId: string;
  customerId: string | null;
  order: Order;
  subscriptionId: string | null;
  caller: string;
}

/** How a use is taken: for good, or set aside until an instant. */
export type Taking = { as: 'REDEEMED' } | { as: 'HELD'; until: Instant };

/** The object of a key or order that had its effect before: `replayed`. RUNNING: another call has the key now. */
export type Taken = { kind: 'TAKEN'; redemption: Redemption; replayed: boolean };
export type Running = { kind: 'RUNNING'; provider: ProviderName };
export type TakeAnswer = Taken | Refusal | IdempotencyConflict | Running;
/** A use that is set aside while the provider is asked to apply it, by this write. */
export type SetAside = { kind: 'SET_ASIDE'; redemption: Redemption; intentId: string };
export type SettleAnswer = Taken | NotFound | Conflict | IdempotencyConflict | Running;

/** The write that asks the provider to apply a use, but for the use. */
type Asking = Omit<NewIntent, 'request'> & {
  request: Omit<WriteRequestOf<'applyToSubscription'>, 'operation' | 'redemptionId'>;
};

/** What the ledger is written into, beside its own rows. */
interface LedgerParts {
  database: Database;
  commits: GroupCommit;
  promotions: Promotions;
  intents: Intents;
  keys: Keys;
  uses: Uses;
}

/**
 * The ledger decides who gets a use. Each method is one transaction that holds the write lock, so that limits, the
 * order's own hold and the idempotency key are judged and changed as one; no provider is called meanwhile. What clients
 * wait for in numbers (taking, confirming, cancelling) shares its commit with what arrives beside it.
 */
export class Ledger {
  readonly #database: Database;
  readonly #commits: GroupCommit;
  readonly #promotions: Promotions;
  readonly #intents: Intents;
  readonly #keys: Keys;
  readonly #uses: Uses;

  constructor(parts: LedgerParts) {
    this.#database = parts.database;
    this.#commits = parts.commits;
    this.#promotions = parts.promotions;
    this.#intents = parts.intents;
    this.#keys = parts.keys;
    this.#uses = parts.uses;
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
    return this.#commits.write(() => this.#replay(call, now) ?? this.#take(use, taking, call, now));
  }

  /**
   * Sets a use aside, for as long as it takes, while the provider is asked to apply it, and records the write that asks:
   * one without the other would be a use that nobody gives back.
   */
  setAside(use: Use, asking: Asking, now: Instant): Promise<SetAside | Exclude<TakeAnswer, IdempotencyConflict>> {
    return this.#commits.write(() => {
      const taken = this.#take(use, { as: 'HELD', until: null }, null, now);
      if (taken.kind !== 'TAKEN' || taken.replayed) return taken;
      const { redemption } = taken;
      const operation = 'applyToSubscription' as const;
      const request = { ...asking.request, operation, redemptionId: redemption.id };
      return { kind: 'SET_ASIDE', redemption, intentId: this.#intents.open({ ...asking, request }, now) };
    });
  }

  /** Redeems a hold that stands, whatever has become of its promotion since. */
  confirm(ledgerKey: string, countedByProvider: boolean, call: KeyedCall | null, now: Instant): Promise<SettleAnswer> {
    return this.#settle(ledgerKey, call, now, (row) => {
      if (row.status !== 'HELD') return conflict(`The redemption is ${row.status}: only a hold can be confirmed`);
      if (row.held_until === null) return conflict('The provider is being asked to apply this redemption');
      this.#redeem(row, countedByProvider, now);
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
      this.#giveBack(row, reason, now);
      return null;
    });
  }

  /** The provider has applied the use that was set aside for it: it is redeemed, and the provider counts it. */
  applied(ledgerKey: string, providerUseId: string, now: Instant): void {
    this.#database.transaction(() => {
      const row = this.#uses.get(ledgerKey);
      if (row?.status !== 'HELD') throw new Error(`The use ${ledgerKey} is not set aside any more`);
      this.#uses.update(row, { provider_use_id: providerUseId, held_before: null });
      this.#redeem(row, true, now);
    });
  }

  /** The provider has not applied the use that was set aside for it. A hold that the order had before stands again. */
  notApplied(ledgerKey: string, now: Instant): void {
    this.#database.transaction(() => {
      const row = this.#uses.get(ledgerKey);
      if (row?.status !== 'HELD' || row.held_until !== null) return;
      if (row.held_before === null) this.#giveBack(row, 'The provider did not apply it', now);
      else this.#uses.update(row, { held_until: row.held_before, held_before: null, subscription_id: null });
    });
  }

  /** The provider has ended a use that it had applied. Its count stays, so only the customer's limit is free again. */
  ended(ledgerKey: string, reason: string | null, now: Instant): void {
    this.#database.transaction(() => {
      const row = this.#uses.get(ledgerKey);
      if (row?.status === 'REDEEMED') this.#giveBack(row, reason, now);
    });
  }

  /** Ends the holds that have run out, frees their uses and tells which they were. Cheap where there is none. */
  releaseExpired(now: Instant): Redemption[] {
    if (this.#uses.runOut(now).length === 0) return [];
    return this.#database.transaction(() =>
      this.#uses.runOut(now).map((row) => {
        this.#uses.update(row, { status: 'EXPIRED' });
        this.#uses.count(row, { held: -1 });
        return { ...toRedemption(row), status: 'EXPIRED' as const };
      }),
    );
  }

  #take(
    use: Use,
    taking: Taking | { as: 'HELD'; until: null },
    call: KeyedCall | null,
    now: Instant,
  ): Exclude<TakeAnswer, IdempotencyConflict> {
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
        hasHold: own !== undefined,
        customerUses: customerId === null ? 0 : this.#uses.countOf(customerId, promotion.id, own),
        nextRelease: () => this.#uses.nextRelease({ promotion_id: promotion.id, coupon_id: couponId }),
      },
      now,
    );
  }

  /** Writes what was judged, on the order's own hold where it has one, and tells the ledger key. */
  #write(
    use: Use,
    promotion: Promotion,
    own: RedemptionRow | undefined,
    {
      taking,
      discountAmount,
      now,
    }: {
      taking: Taking | { as: 'HELD'; until: null };
      discountAmount: Money | null;
      now: Instant;
    },
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
      this.releaseExpired(now);
      const row = this.#uses.get(ledgerKey);
      if (!row) return notFound('No such redemption');
      return change(row) ?? this.#done(ledgerKey, call, now, false);
    });
  }

  #redeem(row: RedemptionRow, countedByProvider: boolean, now: Instant): void {
    const counted = countedByProvider ? this.#promotions.nextSequence() : null;
    this.#uses.update(row, { status: 'REDEEMED', redeemed_at: now, held_until: null, counted_sequence: counted });
    this.#uses.count(row, { held: -1, ...(counted === null ? { uncounted: 1 } : { counted_late: 1 }) });
  }

  #giveBack(row: RedemptionRow, reason: string | null, now: Instant): void {
    this.#uses.update(row, { status: 'CANCELLED', cancel_reason: reason, cancelled_at: now, held_until: null });
    if (row.status === 'HELD') this.#uses.count(row, { held: -1 });
    else if (row.counted_sequence === null) this.#uses.count(row, { uncounted: -1 });
  }

  #ownUse(use: Use): RedemptionRow | undefined {
    return this.#uses.ofOrder(ownerOf(use));
  }

  #replay(call: KeyedCall | null, now: Instant): Taken | IdempotencyConflict | Running | null {
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
