import { parsePromotionId, parseRedemptionId } from '../../domain/promotion/identity.ts';
import type { Instant, ProviderName } from '../../domain/promotion/promotion.ts';
import {
  judge,
  judgeCustomer,
  judgeRedeemed,
  type UseRequest,
  type Verdict,
} from '../../domain/redemption/eligibility.ts';
import type { Order, Redemption, RedemptionStatus } from '../../domain/redemption/redemption.ts';
import {
  type Conflict,
  conflict,
  type IdempotencyConflict,
  type InvalidInput,
  invalidInput,
  type NotFound,
  notFound,
  type Refusal,
} from '../../domain/redemption/results.ts';
import type { Promotions } from '../promotions/promotions.ts';
import type { GroupCommit } from '../sqlite/group-commit.ts';
import type { RedemptionRow } from '../tables.ts';
import type { IdempotencyKeys, IdempotentCall } from '../writes/idempotency-keys.ts';
import { type ActiveUses, grantedOf, ownUse } from './active-uses.ts';
import { excessHold } from './excess-hold.ts';
import { toRedemption } from './redemption-rows.ts';
import { UseRequests } from './use-requests.ts';
import type { Uses } from './uses.ts';
import { writeUse } from './write-use.ts';

/** A use that somebody wants to make. */
export interface Use {
  promotionId: string;
  customerId: string | null;
  order: Order;
  subscriptionId: string | null;
  caller: string;
  /** The one customer that the caller is bound to: for it, the order has nothing of other customers. Null: not bound. */
  boundTo: string | null;
  /** Whether the caller may look redemptions up, and so know of other callers' holds. */
  mayRead: boolean;
}

/** Who confirms or cancels a redemption. */
export interface Settler {
  caller: string;
  /** The only customer whose redemptions the caller may settle; null: any customer's. */
  customer: string | null;
  /** Whether the caller may settle what is another's, and say what a provider has counted. */
  mayManage: boolean;
}

/**
 * How a use is taken: for good; set aside until an instant; or set aside while the provider is asked (`until: null`).
 * `keepsEnd`: a hold that the order has already ends when it did, because nobody can tell that the code still lasts.
 * `mostOpen`: how many open holds the customer may have.
 */
export type Taking =
  | { as: 'REDEEMED' }
  | { as: 'HELD'; until: Instant | null; keepsEnd?: boolean; mostOpen?: number | undefined };

/** The object of a key or order that had its effect before: `replayed`. IN_PROGRESS: another call has the key now. */
export type Taken = { kind: 'TAKEN'; redemption: Redemption; replayed: boolean };
export type InProgress = { kind: 'IN_PROGRESS'; provider: ProviderName };
/** The provider has applied it: it can be ended here only once it has been ended there. */
export type StandsAtProvider = { kind: 'STANDS_AT_PROVIDER' };
export type TakeAnswer = Taken | Refusal | InvalidInput | IdempotencyConflict | InProgress;
export type SettleAnswer = Taken | NotFound | Conflict | IdempotencyConflict | InProgress;
export type CancelAnswer = SettleAnswer | StandsAtProvider;

/**
 * The ledger decides who gets a use. Each method is one transaction that holds the write lock, so that limits, the
 * order's own hold and the idempotency key are judged and changed as one; no provider is called meanwhile. What clients
 * wait for in numbers (taking, confirming, cancelling) shares its commit with what arrives beside it.
 */
export class Ledger {
  readonly #commits: GroupCommit;
  readonly #idempotencyKeys: IdempotencyKeys;
  readonly #uses: Uses;
  readonly #activeUses: ActiveUses;
  readonly #requests: UseRequests;

  constructor(
    commits: GroupCommit,
    promotions: Promotions,
    idempotencyKeys: IdempotencyKeys,
    uses: Uses,
    activeUses: ActiveUses,
  ) {
    this.#commits = commits;
    this.#idempotencyKeys = idempotencyKeys;
    this.#uses = uses;
    this.#activeUses = activeUses;
    this.#requests = new UseRequests(promotions, uses, activeUses);
  }

  /**
   * What taking the use would answer now, without taking it.
   * @param isPromise false: the order's own hold is judged as if it had still to be made
   */
  quote(use: Use, now: Instant, isPromise = true): Verdict {
    // A hold that has run out while the request waited for a provider would refuse what taking allows.
    this.releaseExpired(now);
    const asked = this.#requests.ask(use, now, isPromise);
    if ('kind' in asked) return asked;
    const { own, request } = asked;
    if (own?.status !== 'REDEEMED') return judge(request, now);
    return (isPassing(own, use) ? judgeCustomer(request, now) : null) ?? judgeRedeemed(request, grantedOf(own));
  }

  /** What an order has of each promotion, by its id, as somebody asks who names this customer, or none. */
  promotionsOf({
    customerId,
    ...asked
  }: Pick<Use, 'caller' | 'boundTo' | 'customerId' | 'order'>): Map<string, RedemptionStatus> {
    const rows = this.#activeUses.ofOrder(asked);
    const own = rows.flatMap(({ promotion_id }) => ownUse(rows, promotion_id, customerId).own ?? []);
    return new Map(own.map(({ promotion_id, status }) => [promotion_id, status]));
  }

  /** Takes a use, or turns the order's own hold into it. An order that has redeemed already gets that redemption. */
  take(use: Use, taking: Taking, call: IdempotentCall | null, now: Instant): Promise<TakeAnswer> {
    return this.#commits.write(() => {
      this.releaseExpired(now);
      return this.#replay(call, now) ?? this.takeNow(use, taking, call, now);
    });
  }

  /** The same within a transaction that has ended the holds which have run out, whatever the call's key says. */
  takeNow(
    use: Use,
    taking: Taking,
    call: IdempotentCall | null,
    now: Instant,
  ): Exclude<TakeAnswer, IdempotencyConflict> {
    const asked = this.#requests.ask(use, now, true);
    if ('kind' in asked) return asked;
    const { own, request } = asked;
    const { promotion } = request;
    if (own?.status === 'REDEEMED') return this.#repeat(use, own, request, call, now);
    if (own?.held_until === null) return { kind: 'IN_PROGRESS', provider: promotion.provider };
    const verdict = judge(request, now);
    if (verdict.kind === 'REFUSED') return verdict;
    // The order's own hold is no further one.
    const excess = own ? null : excessHold(this.#activeUses, use, taking, now);
    if (excess) return excess;
    const ledgerId = writeUse(this.#uses, use, own, { request, taking, verdict, now });
    return this.#done(ledgerId, call, now, false);
  }

  /**
   * Redeems a hold that stands, whatever has become of its promotion since. That the provider has counted it frees a use
   * here as soon as its count is read, so only who may manage promotions is believed.
   */
  confirm(
    ledgerId: string,
    countedByProvider: boolean,
    by: Settler,
    call: IdempotentCall | null,
    now: Instant,
  ): Promise<SettleAnswer> {
    return this.#settle<never>(ledgerId, by, call, now, (row) => {
      if (row.status !== 'HELD') return conflict(`The redemption is ${row.status}: only a hold can be confirmed`);
      if (row.held_until === null) return conflict('The provider is being asked to apply this redemption');
      this.#uses.redeem(row, countedByProvider && by.mayManage, now);
      return null;
    });
  }

  /**
   * Gives a use back. One that the provider has counted stays counted: no provider takes a use back. One that the provider
   * has applied is left as it is: it has to be ended there first.
   */
  cancel(
    ledgerId: string,
    reason: string | null,
    by: Settler,
    call: IdempotentCall | null,
    now: Instant,
  ): Promise<CancelAnswer> {
    return this.#settle<StandsAtProvider>(ledgerId, by, call, now, (row) => {
      if (row.status === 'CANCELLED' || row.status === 'EXPIRED') return conflict(`The redemption is ${row.status}`);
      if (row.status === 'HELD' && row.held_until === null) {
        return conflict('The provider is being asked to apply this redemption');
      }
      if (row.provider_use_id !== null) return { kind: 'STANDS_AT_PROVIDER' };
      this.#uses.giveBack(row, reason, now);
      return null;
    });
  }

  /** Ends the holds that have run out, frees their uses and tells which they were. Cheap where there is none. */
  releaseExpired(now: Instant): Redemption[] {
    return this.#uses.expire(now).map(toRedemption);
  }

  /** What an order gets that has redeemed already: that redemption, which a guest's order may name its customer for. */
  #repeat(
    use: Use,
    own: RedemptionRow,
    request: UseRequest,
    call: IdempotentCall | null,
    now: Instant,
  ): Taken | Refusal | InvalidInput {
    const { subscriptionId } = use;
    if (subscriptionId !== null && subscriptionId !== own.subscription_id) {
      return invalidInput(['subscriptionId'], notAppliedTo(own));
    }
    if (isPassing(own, use)) {
      const refused = judgeCustomer(request, now);
      if (refused) return refused;
      this.#uses.update(own, { customer_id: use.customerId });
    }
    return this.#done(own.ledger_id, call, now, true);
  }

  #settle<Other>(
    ledgerId: string,
    { caller, customer, mayManage }: Settler,
    call: IdempotentCall | null,
    now: Instant,
    change: (row: RedemptionRow) => Conflict | Other | null,
  ): Promise<SettleAnswer | Other> {
    return this.#commits.write((): SettleAnswer | Other => {
      this.releaseExpired(now);
      const before = this.#replay(call, now);
      if (before) return before;
      const row = this.#uses.get(ledgerId);
      // Another caller's or customer's is as if it did not exist, so that nothing is learned by guessing ids.
      const isOfCustomer = customer === null || row?.customer_id === customer;
      if (!row || !isOfCustomer || (row.caller !== caller && !mayManage)) return notFound('No such redemption');
      return change(row) ?? this.#done(ledgerId, call, now, false);
    });
  }

  #replay(call: IdempotentCall | null, now: Instant): Taken | IdempotencyConflict | InProgress | null {
    const state = call && this.#idempotencyKeys.state(call, now);
    if (state?.kind === 'CONFLICT') return { kind: 'IDEMPOTENCY_CONFLICT' };
    if (state?.kind === 'IN_PROGRESS') return state;
    const ledgerId = state?.kind === 'COMPLETED' ? parseRedemptionId(state.resultId) : null;
    return ledgerId === null ? null : this.#taken(ledgerId, true);
  }

  /** The answer; the call's key is spent on it. A use that the provider still has to apply spends it later. */
  #done(ledgerId: string, call: IdempotentCall | null, now: Instant, replayed: boolean): Taken {
    const taken = this.#taken(ledgerId, replayed);
    if (call) this.#idempotencyKeys.recordResult(call, this.#providerOf(taken.redemption), taken.redemption.id, now);
    return taken;
  }

  #providerOf({ promotionId }: Redemption): ProviderName {
    const key = parsePromotionId(promotionId);
    if (!key) throw new Error(`${promotionId} in the ledger is no promotion's id`);
    return key.provider;
  }

  #taken(ledgerId: string, replayed: boolean): Taken {
    const row = this.#uses.get(ledgerId);
    if (!row) throw new Error(`The use ${ledgerId} is not in the ledger`);
    return { kind: 'TAKEN', redemption: toRedemption(row), replayed };
  }
}

/** A guest's use becomes that of the customer who is named for the order. */
function isPassing(own: RedemptionRow, { customerId }: Use): boolean {
  return own.customer_id === null && customerId !== null;
}

function notAppliedTo({ subscription_id }: RedemptionRow): string {
  const how = subscription_id === null ? 'without a' : 'for another';
  return `The order has redeemed this already, ${how} subscription: cancel that redemption first`;
}
