import { redemptionId } from '../../domain/promotion/identity.ts';
import type { Instant, ProviderName } from '../../domain/promotion/promotion.ts';
import type { IdempotencyConflict } from '../../domain/redemption/outcomes.ts';
import type { Redemption } from '../../domain/redemption/redemption.ts';
import type { Database } from '../sqlite/database.ts';
import type { GroupCommit } from '../sqlite/group-commit.ts';
import type { NewPendingWrite } from '../writes/pending-write-row.ts';
import type { PendingWrites } from '../writes/pending-writes.ts';
import type { WriteRequestOf } from '../writes/write-request.ts';
import type { ActiveUses } from './active-uses.ts';
import type { Ledger } from './ledger.ts';
import type { TakeAnswer, Use } from './ledger-commands.ts';
import { replacedHoldColumns } from './replaced-hold.ts';
import type { Uses } from './uses.ts';

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
  readonly #database: Database;
  readonly #commits: GroupCommit;
  readonly #ledger: Ledger;
  readonly #pendingWrites: PendingWrites;
  readonly #uses: Uses;
  readonly #activeUses: ActiveUses;

  constructor(parts: {
    database: Database;
    commits: GroupCommit;
    ledger: Ledger;
    pendingWrites: PendingWrites;
    uses: Uses;
    activeUses: ActiveUses;
  }) {
    this.#database = parts.database;
    this.#commits = parts.commits;
    this.#ledger = parts.ledger;
    this.#pendingWrites = parts.pendingWrites;
    this.#uses = parts.uses;
    this.#activeUses = parts.activeUses;
  }

  /**
   * Reserves a use without an end while the provider applies it, and records the write in the same transaction: without
   * the write, nobody would release the use. The request lists the uses that were on the subscription before.
   */
  reserve(
    use: Use,
    application: NewApplication,
    now: Instant,
  ): Promise<ReservedUse | Exclude<TakeAnswer, IdempotencyConflict>> {
    return this.#commits.write(() => {
      this.#ledger.releaseExpired(now);
      const taken = this.#ledger.takeNow(use, { as: 'HELD', until: null }, null, now);
      if (taken.kind !== 'TAKEN' || taken.replayed) return taken;
      const { redemption } = taken;
      const { subscriptionId, usesBefore } = application.request;
      const request = {
        operation: 'applyToSubscription' as const,
        redemptionId: redemption.id,
        subscriptionId,
        usesBefore: [...new Set([...usesBefore, ...this.#activeUses.ownedOn(subscriptionId)])],
      };
      return {
        kind: 'RESERVED',
        redemption,
        request,
        intentId: this.#pendingWrites.record({ ...application, request }, now),
      };
    });
  }

  /** Whether another redemption owns a use at the provider. */
  isOwnedByAnother(
    use: { provider: ProviderName; account: string; id: string },
    redemption: Pick<Redemption, 'id'>,
  ): boolean {
    const owner = this.#activeUses.ownerOf(use, use.id);
    return owner !== undefined && redemptionId(owner.ledger_id) !== redemption.id;
  }

  /** The provider has applied a reserved use: it is redeemed, and the provider counts it. */
  markApplied(ledgerId: string, providerUseId: string, now: Instant): void {
    this.#database.transaction(() => {
      const row = this.#uses.get(ledgerId);
      if (row?.status === 'REDEEMED' && row.provider_use_id === providerUseId) return;
      if (row?.status !== 'HELD') throw new Error(`The use ${ledgerId} is no longer reserved`);
      this.#uses.update(row, { provider_use_id: providerUseId, held_before: null, hold_before: null });
      this.#uses.redeem(row, true, now);
    });
  }

  /** The provider has not applied a reserved use. Restores the order's earlier hold, if there was one. */
  markNotApplied(ledgerId: string, now: Instant): void {
    this.#database.transaction(() => {
      const row = this.#uses.get(ledgerId);
      if (row?.status !== 'HELD' || row.held_until !== null) return;
      if (row.held_before === null) this.#uses.giveBack(row, 'The provider did not apply it', now);
      else {
        const restored = { held_until: row.held_before, held_before: null, hold_before: null, subscription_id: null };
        this.#uses.update(row, { ...replacedHoldColumns(row.hold_before), ...restored });
      }
    });
  }

  /** The provider has ended an applied use. Its count stays, so only the customer's limit gets the use back. */
  markEnded(ledgerId: string, reason: string | null, now: Instant): void {
    this.#database.transaction(() => {
      const row = this.#uses.get(ledgerId);
      if (row?.status === 'REDEEMED') this.#uses.giveBack(row, reason, now);
    });
  }
}
