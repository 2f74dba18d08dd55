import { parsePromotionId, parseRedemptionId } from '../../domain/promotion/identity.ts';
import type { Instant, ProviderName } from '../../domain/promotion/promotion.ts';
import {
  judge,
  judgeCustomer,
  judgeRedeemed,
  type UseRequest,
  type Verdict,
} from '../../domain/redemption/eligibility.ts';
import {
  type Conflict,
  conflict,
  type IdempotencyConflict,
  type InvalidInput,
  invalidInput,
  notFound,
  type Refusal,
} from '../../domain/redemption/outcomes.ts';
import type { Redemption, RedemptionStatus } from '../../domain/redemption/redemption.ts';
import type { Promotions } from '../promotions/promotions.ts';
import type { GroupCommit } from '../sqlite/group-commit.ts';
import type { RedemptionRow } from '../tables.ts';
import type { IdempotencyKeys } from '../writes/idempotency-keys.ts';
import type { IdempotentCall } from '../writes/idempotent-call.ts';
import { type ActiveUses, grantedOf, ownUse } from './active-uses.ts';
import { excessHold } from './excess-hold.ts';
import type {
  CancelAnswer,
  ConfirmAnswer,
  InProgress,
  RedemptionActor,
  StandsAtProvider,
  TakeAnswer,
  TakeMode,
  Taken,
  Use,
} from './ledger-commands.ts';
import { toRedemption } from './redemption-rows.ts';
import { isClaimedByCustomer, UseRequests } from './use-requests.ts';
import type { Uses } from './uses.ts';
import { writeUse } from './write-use.ts';

/**
 * The ledger decides who gets a use. Each method is one transaction with the write lock, so that limits, the order's
 * own hold and the idempotency key change together. No provider is called during a transaction. Taking, confirming and
 * cancelling share a group commit.
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
   * The verdict on a use, without taking it.
   * @param isPromise false: judges the order's own hold as if it were new
   */
  quote(use: Use, now: Instant, isPromise = true): Verdict {
    // A hold may have expired while the request waited for a provider.
    this.releaseExpired(now);
    const prepared = this.#requests.prepare(use, now, isPromise);
    if ('kind' in prepared) return prepared;
    const { own, request } = prepared;
    if (own?.status !== 'REDEEMED') return judge(request, now);
    return (
      (isClaimedByCustomer(own, use) ? judgeCustomer(request, now) : null) ?? judgeRedeemed(request, grantedOf(own))
    );
  }

  /** The status of an order's uses, by promotion id, as this caller and customer may see them. Writes nothing. */
  promotionsOf(
    { customerId, ...order }: Pick<Use, 'caller' | 'boundTo' | 'customerId' | 'order'>,
    now: Instant,
  ): Map<string, RedemptionStatus> {
    // A hold may have expired since the request began, and not be released yet.
    const isActive = ({ held_until }: RedemptionRow) => held_until === null || held_until > now;
    const rows = this.#activeUses.ofOrder(order).filter(isActive);
    const own = rows.flatMap(({ promotion_id }) => ownUse(rows, promotion_id, customerId).own ?? []);
    return new Map(own.map(({ promotion_id, status }) => [promotion_id, status]));
  }

  /** Takes a use, or changes the order's own hold. An order that has already redeemed gets that redemption. */
  take(use: Use, mode: TakeMode, call: IdempotentCall | null, now: Instant): Promise<TakeAnswer> {
    return this.#commits.write(() => {
      this.releaseExpired(now);
      return this.#replay(call, now) ?? this.takeNow(use, mode, call, now);
    });
  }

  /**
   * Like {@link take}, in the current transaction. The caller has released expired holds and checked the idempotency
   * key.
   */
  takeNow(
    use: Use,
    mode: TakeMode,
    call: IdempotentCall | null,
    now: Instant,
  ): Exclude<TakeAnswer, IdempotencyConflict> {
    const prepared = this.#requests.prepare(use, now, true);
    if ('kind' in prepared) return prepared;
    const { own, request } = prepared;
    const { promotion } = request;
    if (own?.status === 'REDEEMED') return this.#repeat(use, own, request, call, now);
    if (own?.held_until === null) return { kind: 'IN_PROGRESS', provider: promotion.provider };
    const verdict = judge(request, now);
    if (verdict.kind === 'REFUSED') return verdict;
    // The order's own hold does not count as another one.
    const excess = own ? null : excessHold(this.#activeUses, use, mode, now);
    if (excess) return excess;
    const ledgerId = writeUse(this.#uses, use, own, { request, mode, verdict, now });
    return this.#done(ledgerId, call, now, false);
  }

  /**
   * Redeems an open hold, even if its promotion has ended since. `countedByProvider` frees a use once the provider's
   * count is read, so it has an effect only for callers that may manage promotions.
   */
  confirm(
    ledgerId: string,
    countedByProvider: boolean,
    by: RedemptionActor,
    call: IdempotentCall | null,
    now: Instant,
  ): Promise<ConfirmAnswer> {
    return this.#changeRedemption<never>(ledgerId, by, call, now, (row) => {
      if (row.status !== 'HELD') return conflict(`The redemption is ${row.status}: only a hold can be confirmed`);
      if (row.held_until === null) return conflict('The provider is applying this redemption');
      this.#uses.redeem(row, countedByProvider && by.mayManage, now);
      return null;
    });
  }

  /**
   * Gives a use back. A use that the provider has counted stays counted, because no provider lowers its count. A use
   * that the provider has applied must be ended there first.
   */
  cancel(
    ledgerId: string,
    reason: string | null,
    by: RedemptionActor,
    call: IdempotentCall | null,
    now: Instant,
  ): Promise<CancelAnswer> {
    return this.#changeRedemption<StandsAtProvider>(ledgerId, by, call, now, (row) => {
      if (row.status === 'CANCELLED' || row.status === 'EXPIRED') return conflict(`The redemption is ${row.status}`);
      if (row.status === 'HELD' && row.held_until === null) {
        return conflict('The provider is applying this redemption');
      }
      if (row.provider_use_id !== null) return { kind: 'STANDS_AT_PROVIDER' };
      this.#uses.giveBack(row, reason, now);
      return null;
    });
  }

  /** Expires holds that have ended and frees their uses. Cheap when there is none. @returns the expired holds */
  releaseExpired(now: Instant): Redemption[] {
    return this.#uses.expire(now).map(toRedemption);
  }

  /** Answers an order that has already redeemed. A guest's order can name its customer now. */
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
    if (isClaimedByCustomer(own, use)) {
      const refused = judgeCustomer(request, now);
      if (refused) return refused;
      this.#uses.update(own, { customer_id: use.customerId });
    }
    return this.#done(own.ledger_id, call, now, true);
  }

  #changeRedemption<Other>(
    ledgerId: string,
    { caller, customer, mayManage }: RedemptionActor,
    call: IdempotentCall | null,
    now: Instant,
    change: (row: RedemptionRow) => Conflict | Other | null,
  ): Promise<ConfirmAnswer | Other> {
    return this.#commits.write((): ConfirmAnswer | Other => {
      this.releaseExpired(now);
      const before = this.#replay(call, now);
      if (before) return before;
      const row = this.#uses.get(ledgerId);
      // Another caller's redemption is reported as not found, so that guessing ids reveals nothing.
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

  /** Completes the idempotency key and answers. A reserved use completes it later. */
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

function notAppliedTo({ subscription_id }: RedemptionRow): string {
  const how = subscription_id === null ? 'without a' : 'for another';
  return `The order has redeemed this already, ${how} subscription: cancel that redemption first`;
}
