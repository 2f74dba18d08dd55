import { redemptionId } from '../../domain/promotion/identity.ts';
import type { Instant, ProviderName } from '../../domain/promotion/promotion.ts';
import type { Redemption } from '../../domain/redemption/redemption.ts';
import type { IdempotencyConflict } from '../../domain/redemption/results.ts';
import type { Database } from '../sqlite/database.ts';
import type { GroupCommit } from '../sqlite/group-commit.ts';
import type { NewPendingWrite, PendingWrites } from '../writes/pending-writes.ts';
import type { WriteRequestOf } from '../writes/write-request.ts';
import type { ActiveUses } from './active-uses.ts';
import { holdColumns } from './hold-before.ts';
import type { Ledger, TakeAnswer, Use } from './ledger.ts';
import type { Uses } from './uses.ts';

/** A use that is set aside while the provider is asked to apply it, by this write. */
export type ReservedUse = {
  kind: 'RESERVED';
  redemption: Redemption;
  request: WriteRequestOf<'applyToSubscription'>;
  intentId: string;
};

/** The write that asks the provider to apply a use, but for the use. */
type Asking = Omit<NewPendingWrite, 'request'> & {
  request: Omit<WriteRequestOf<'applyToSubscription'>, 'operation' | 'redemptionId'>;
};

/** The uses of the ledger that a provider applies to a subscription as well, and counts. */
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
   * Sets a use aside, for as long as it takes, while the provider is asked to apply it, and records the write that asks:
   * one without the other would be a use that nobody gives back. The uses that redemptions own on the subscription by now
   * are noted with those that the provider told of before.
   */
  reserve(use: Use, asking: Asking, now: Instant): Promise<ReservedUse | Exclude<TakeAnswer, IdempotencyConflict>> {
    return this.#commits.write(() => {
      this.#ledger.releaseExpired(now);
      const taken = this.#ledger.takeNow(use, { as: 'HELD', until: null }, null, now);
      if (taken.kind !== 'TAKEN' || taken.replayed) return taken;
      const { redemption } = taken;
      const { subscriptionId, usesBefore } = asking.request;
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
        intentId: this.#pendingWrites.record({ ...asking, request }, now),
      };
    });
  }

  /** Whether another redemption than this one owns a use at the provider. */
  isOwnedByAnother(
    use: { provider: ProviderName; account: string; id: string },
    redemption: Pick<Redemption, 'id'>,
  ): boolean {
    const owner = this.#activeUses.ownerOf(use, use.id);
    return owner !== undefined && redemptionId(owner.ledger_id) !== redemption.id;
  }

  /** The provider has applied a use that was set aside: it is redeemed, and the provider counts it. */
  markApplied(ledgerId: string, providerUseId: string, now: Instant): void {
    this.#database.transaction(() => {
      const row = this.#uses.get(ledgerId);
      if (row?.status === 'REDEEMED' && row.provider_use_id === providerUseId) return;
      if (row?.status !== 'HELD') throw new Error(`The use ${ledgerId} is not set aside any more`);
      this.#uses.update(row, { provider_use_id: providerUseId, held_before: null, hold_before: null });
      this.#uses.redeem(row, true, now);
    });
  }

  /** The provider has not applied a use that was set aside. A hold that the order had before stands again as it was. */
  markNotApplied(ledgerId: string, now: Instant): void {
    this.#database.transaction(() => {
      const row = this.#uses.get(ledgerId);
      if (row?.status !== 'HELD' || row.held_until !== null) return;
      if (row.held_before === null) this.#uses.giveBack(row, 'The provider did not apply it', now);
      else {
        const standing = { held_until: row.held_before, held_before: null, hold_before: null, subscription_id: null };
        this.#uses.update(row, { ...holdColumns(row.hold_before), ...standing });
      }
    });
  }

  /** The provider has ended a use that it had applied. Its count stays, so only the customer's limit is free again. */
  markEnded(ledgerId: string, reason: string | null, now: Instant): void {
    this.#database.transaction(() => {
      const row = this.#uses.get(ledgerId);
      if (row?.status === 'REDEEMED') this.#uses.giveBack(row, reason, now);
    });
  }
}
