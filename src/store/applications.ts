import type { IdempotencyConflict } from '../promo/answers.ts';
import type { Instant } from '../promo/promotion.ts';
import type { Redemption } from '../promo/redemption.ts';
import type { Database } from './database.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Intents, NewIntent } from './intents.ts';
import type { Ledger, TakeAnswer, Use } from './ledger.ts';
import type { Uses } from './uses.ts';
import type { WriteRequestOf } from './write-request.ts';

/** A use that is set aside while the provider is asked to apply it, by this write. */
export type SetAside = { kind: 'SET_ASIDE'; redemption: Redemption; intentId: string };

/** The write that asks the provider to apply a use, but for the use. */
type Asking = Omit<NewIntent, 'request'> & {
  request: Omit<WriteRequestOf<'applyToSubscription'>, 'operation' | 'redemptionId'>;
};

/** The uses of the ledger that a provider applies to a subscription as well, and counts. */
export class Applications {
  readonly #database: Database;
  readonly #commits: GroupCommit;
  readonly #ledger: Ledger;
  readonly #intents: Intents;
  readonly #uses: Uses;

  constructor(parts: {
    database: Database;
    commits: GroupCommit;
    ledger: Ledger;
    intents: Intents;
    uses: Uses;
  }) {
    this.#database = parts.database;
    this.#commits = parts.commits;
    this.#ledger = parts.ledger;
    this.#intents = parts.intents;
    this.#uses = parts.uses;
  }

  /**
   * Sets a use aside, for as long as it takes, while the provider is asked to apply it, and records the write that asks:
   * one without the other would be a use that nobody gives back.
   */
  setAside(use: Use, asking: Asking, now: Instant): Promise<SetAside | Exclude<TakeAnswer, IdempotencyConflict>> {
    return this.#commits.write(() => {
      const taken = this.#ledger.takeNow(use, { as: 'HELD', until: null }, null, now);
      if (taken.kind !== 'TAKEN' || taken.replayed) return taken;
      const { redemption } = taken;
      const operation = 'applyToSubscription' as const;
      const request = { ...asking.request, operation, redemptionId: redemption.id };
      return { kind: 'SET_ASIDE', redemption, intentId: this.#intents.open({ ...asking, request }, now) };
    });
  }

  /** The provider has applied a use that was set aside: it is redeemed, and the provider counts it. */
  applied(ledgerKey: string, providerUseId: string, now: Instant): void {
    this.#database.transaction(() => {
      const row = this.#uses.get(ledgerKey);
      if (row?.status !== 'HELD') throw new Error(`The use ${ledgerKey} is not set aside any more`);
      this.#uses.update(row, { provider_use_id: providerUseId, held_before: null });
      this.#uses.redeem(row, true, now);
    });
  }

  /** The provider has not applied a use that was set aside. A hold that the order had before stands again. */
  notApplied(ledgerKey: string, now: Instant): void {
    this.#database.transaction(() => {
      const row = this.#uses.get(ledgerKey);
      if (row?.status !== 'HELD' || row.held_until !== null) return;
      if (row.held_before === null) this.#uses.giveBack(row, 'The provider did not apply it', now);
      else this.#uses.update(row, { held_until: row.held_before, held_before: null, subscription_id: null });
    });
  }

  /** The provider has ended a use that it had applied. Its count stays, so only the customer's limit is free again. */
  ended(ledgerKey: string, reason: string | null, now: Instant): void {
    this.#database.transaction(() => {
      const row = this.#uses.get(ledgerKey);
      if (row?.status === 'REDEEMED') this.#uses.giveBack(row, reason, now);
    });
  }
}
