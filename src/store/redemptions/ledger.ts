import { randomUUIDv7 } from 'node:crypto';
import type { LedgerCommand } from '../../domain/ledger/command.ts';
import { NO_FACTS } from '../../domain/ledger/facts.ts';
import type { IdempotentCall } from '../../domain/ledger/idempotency-key.ts';
import { quoteUse } from '../../domain/ledger/judged-use.ts';
import { LedgerState } from '../../domain/ledger/ledger-state.ts';
import { ownUse, usesOfOrder } from '../../domain/ledger/own-use.ts';
import type {
  CancelAnswer,
  ConfirmAnswer,
  Confirmation,
  RedemptionActor,
  TakeAnswer,
  TakeMode,
  Use,
} from '../../domain/ledger/requests.ts';
import { cancel, confirm, releaseHolds } from '../../domain/ledger/settle.ts';
import { take } from '../../domain/ledger/take.ts';
import type { Instant } from '../../domain/promotion/promotion.ts';
import type { Verdict } from '../../domain/redemption/eligibility.ts';
import { type Refusal, retryAt } from '../../domain/redemption/outcomes.ts';
import type { Redemption, RedemptionStatus } from '../../domain/redemption/redemption.ts';
import type { Db, Engine } from '../engines/engine.ts';
import type { ActiveUses } from './active-uses.ts';
import { updateHoldEnds } from './hold-ends.ts';
import type { LedgerBatches } from './ledger-batches.ts';
import type { LedgerFactsLoader } from './ledger-facts.ts';

/**
 * The ledger of uses: it decides who gets one. The decisions are pure functions (domain/ledger); here is what they know
 * and what becomes of them. Limits, the order's own hold and the idempotency key change together, in one transaction.
 */
export class Ledger {
  readonly #engine: Engine;
  readonly #batches: LedgerBatches;
  readonly #loader: LedgerFactsLoader;
  readonly #activeUses: ActiveUses;

  constructor(engine: Engine, parts: { batches: LedgerBatches; loader: LedgerFactsLoader; activeUses: ActiveUses }) {
    this.#engine = engine;
    this.#batches = parts.batches;
    this.#loader = parts.loader;
    this.#activeUses = parts.activeUses;
  }

  /**
   * The verdict on a use, without taking it. Writes nothing.
   * @param isPromise false: judges the order's own hold as if it were new
   */
  quote(use: Use, now: Instant, isPromise = true): Promise<Verdict> {
    return this.#engine.snapshot(async (db) => {
      const facts = await this.#loader.load(db, [{ use }], now, { lock: false });
      const verdict = quoteUse(new LedgerState(facts, now), use, isPromise);
      return verdict.kind === 'REFUSED' ? this.#dated(db, verdict, use, now) : verdict;
    });
  }

  /** The status of an order's uses, by promotion id, as this caller and customer may see them. Writes nothing. */
  async promotionsOf(
    { customerId, ...order }: Pick<Use, 'caller' | 'boundTo' | 'customerId' | 'order'>,
    now: Instant,
  ): Promise<Map<string, RedemptionStatus>> {
    const facts = { ...NO_FACTS, uses: await this.#loader.usesOfOrder(order) };
    const uses = usesOfOrder(new LedgerState(facts, now), order);
    const own = uses.flatMap(({ promotionId }) => ownUse(uses, promotionId, customerId).own ?? []);
    return new Map(own.map(({ promotionId, status }) => [promotionId, status]));
  }

  /** Takes a use, or changes the order's own hold. An order that has already redeemed gets that redemption. */
  take(use: Use, mode: TakeMode, call: IdempotentCall | null, now: Instant): Promise<TakeAnswer> {
    return this.#batches.run(take(use, mode, call, randomUUIDv7()), now, async (db, answer) =>
      answer.kind === 'REFUSED' ? this.#dated(db, answer, use, now) : answer,
    );
  }

  /** Redeems an open hold. See {@link confirm}. */
  confirm(
    confirmation: Confirmation,
    by: RedemptionActor,
    call: IdempotentCall | null,
    now: Instant,
  ): Promise<ConfirmAnswer> {
    return this.#run(confirm(confirmation, by, call), now);
  }

  /** Gives a use back. See {@link cancel}. */
  cancel(
    ledgerId: string,
    reason: string | null,
    by: RedemptionActor,
    call: IdempotentCall | null,
    now: Instant,
  ): Promise<CancelAnswer> {
    return this.#run(cancel(ledgerId, reason, by, call), now);
  }

  /** Releases holds that have ended: some of them, if there are very many. @returns the released holds */
  releaseExpired(now: Instant): Promise<Redemption[]> {
    return this.#batches.run(releaseHolds(), now, async (db, released) => {
      await updateHoldEnds(this.#engine, db, now);
      return released;
    });
  }

  #run<Answer>(command: LedgerCommand<Answer>, now: Instant): Promise<Answer> {
    return this.#batches.run(command, now, async (_, answer) => answer);
  }

  /** The refusal with the time after which a use becomes free, if open holds are the reason. */
  async #dated(db: Db, { awaited = [], ...refused }: Refusal, use: Use, now: Instant): Promise<Refusal> {
    if (awaited.length === 0) return refused;
    const { retryAfterSeconds = null } = retryAt(await this.#activeUses.releaseOf(awaited, use, now, db), now);
    return { ...refused, retryAfterSeconds };
  }
}
