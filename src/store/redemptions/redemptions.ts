import { parseRedemptionId } from '../../domain/promotion/identity.ts';
import type { Redemption } from '../../domain/redemption/redemption.ts';
import { toRedemption } from './redemption-rows.ts';
import type { Uses } from './uses.ts';

/** Reads redemptions by their public ids. */
export class Redemptions {
  readonly #uses: Uses;

  constructor(uses: Uses) {
    this.#uses = uses;
  }

  get(id: string): Redemption | null {
    const ledgerId = parseRedemptionId(id);
    const row = ledgerId === null ? undefined : this.#uses.get(ledgerId);
    return row ? toRedemption(row) : null;
  }

  /** Reads several redemptions with one query. Returns them in the order of the ids; null: not in the store. */
  getMany(ids: readonly string[]): (Redemption | null)[] {
    const ledgerIds = ids.map(parseRedemptionId);
    const rows = this.#uses.getMany(ledgerIds.filter((ledgerId) => ledgerId !== null));
    const byLedgerId = new Map(rows.map((row) => [row.ledger_id, row]));
    return ledgerIds.map((ledgerId) => {
      const row = ledgerId === null ? undefined : byLedgerId.get(ledgerId);
      return row ? toRedemption(row) : null;
    });
  }
}
