import { randomUUIDv7 } from 'node:crypto';
import { applied, ended, notApplied } from '../../domain/ledger/apply.ts';
import type { LedgerCommand } from '../../domain/ledger/command.ts';
import type { TakeAnswer, Use } from '../../domain/ledger/requests.ts';
import { reserve } from '../../domain/ledger/take.ts';
import { parseRedemptionId } from '../../domain/promotion/identity.ts';
import type { Instant, ProviderName } from '../../domain/promotion/promotion.ts';
import type { IdempotencyConflict } from '../../domain/redemption/outcomes.ts';
import type { Redemption } from '../../domain/redemption/redemption.ts';
import type { Db, Engine } from '../engines/engine.ts';
import { write } from '../engines/write.ts';
import type { NewPendingWrite } from '../writes/pending-write-row.ts';
import type { PendingWrites } from '../writes/pending-writes.ts';
import type { WriteRequestOf } from '../writes/write-request.ts';
import type { ActiveUses } from './active-uses.ts';
import type { LedgerBatches } from './ledger-batches.ts';

/** A use that is reserved while the provider applies it. */
export type ReservedUse = {
  kind: 'RESERVED';
  redemption: Redemption;
  request: WriteRequestOf<'applyToSubscription'>;
  intentId: string;
};

/** The write that applies a use at the provider, before the use has an id. */
type NewApplication = Omit<NewPendingWrite, 'request'> & {
  request: Omit<WriteRequestOf<'applyToSubscription'>, 'operation' | 'redemptionId'>;
};

/** Uses that a provider applies to a subscription and counts. */
export class SubscriptionDiscounts {
  readonly #engine: Engine;
  readonly #batches: LedgerBatches;
  readonly #pendingWrites: PendingWrites;
  readonly #activeUses: ActiveUses;

  constructor(engine: Engine, parts: { batches: LedgerBatches; pendingWrites: PendingWrites; activeUses: ActiveUses }) {
    this.#engine = engine;
    this.#batches = parts.batches;
    this.#pendingWrites = parts.pendingWrites;
    this.#activeUses = parts.activeUses;
  }

  /**
   * Reserves a use without an end while the provider applies it, and records the write in the same transaction: without
   * the write, nobody would release the use. The request lists the uses that were on the subscription before.
   * @throws {LeaseLostError} when another process has taken over the idempotency key
   */
  reserve(
    use: Use,
    application: NewApplication,
    now: Instant,
  ): Promise<ReservedUse | Exclude<TakeAnswer, IdempotencyConflict>> {
    return this.#batches.run(reserve(use, application.call, randomUUIDv7()), now, async (db, taken) =>
      taken.kind === 'TAKEN' && !taken.replayed ? this.#record(db, taken.redemption, application, now) : taken,
    );
  }

  /** Whether another redemption owns a use at the provider. */
  async isOwnedByAnother(
    use: { provider: ProviderName; account: string; id: string },
    redemption: Pick<Redemption, 'id'>,
    db: Db = this.#engine.reads,
  ): Promise<boolean> {
    const owner = await this.#activeUses.ownerOf(use, use.id, db);
    return owner !== null && owner !== parseRedemptionId(redemption.id);
  }

  /** The provider has applied a reserved use: it is redeemed, and the provider counts it. */
  markApplied(ledgerId: string, providerUseId: string, now: Instant, db?: Db): Promise<void> {
    return this.#settle(applied(ledgerId, providerUseId), now, db);
  }

  /** The provider has not applied a reserved use. Restores the order's earlier hold, if there was one. */
  markNotApplied(ledgerId: string, now: Instant, db?: Db): Promise<void> {
    return this.#settle(notApplied(ledgerId), now, db);
  }

  /** The provider has ended an applied use. Its count stays, so only the customer's limit gets the use back. */
  markEnded(ledgerId: string, reason: string | null, now: Instant, db?: Db): Promise<void> {
    return this.#settle(ended(ledgerId, reason), now, db);
  }

  #settle(command: LedgerCommand<void>, now: Instant, db: Db | undefined): Promise<void> {
    return write(this.#engine, db, (transaction) => this.#batches.runIn(transaction, command, now));
  }

  async #record(db: Db, redemption: Redemption, application: NewApplication, now: Instant): Promise<ReservedUse> {
    const { subscriptionId, usesBefore } = application.request;
    const owned = await this.#activeUses.ownedOn(subscriptionId, db);
    const request = {
      operation: 'applyToSubscription' as const,
      redemptionId: redemption.id,
      subscriptionId,
      usesBefore: [...new Set([...usesBefore, ...owned])],
    };
    const intentId = await this.#pendingWrites.record({ ...application, request }, now, db);
    return { kind: 'RESERVED', redemption, request, intentId };
  }
}
