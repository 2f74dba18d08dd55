import { parseRedemptionId } from '../../domain/promotion/identity.ts';
import type { Redemption } from '../../domain/redemption/redemption.ts';
import { toRedemption } from './redemption-rows.ts';
import type { Uses } from './uses.ts';

/** The ledger's rows, by id. */
export class Redemptions {
  readonly #uses: Uses;

  constructor(uses: Uses) {
    this.#uses = uses;
  }

  get(id: string): Redemption | null {
    const ledgerKey = parseRedemptionId(id);
    const row = ledgerKey === null ? undefined : this.#uses.get(ledgerKey);
    return row ? toRedemption(row) : null;
  }

  /** Several by one read of the store, each in its own slot. */
  getMany(ids: readonly string[]): (Redemption | null)[] {
    const ledgerKeys = ids.map(parseRedemptionId);
    const rows = this.#uses.getMany(ledgerKeys.filter((ledgerKey) => ledgerKey !== null));
    const byKey = new Map(rows.map((row) => [row.ledger_key, row]));
    return ledgerKeys.map((ledgerKey) => {
      const row = ledgerKey === null ? undefined : byKey.get(ledgerKey);
      return row ? toRedemption(row) : null;
    });
  }
}
