import { parseRedemptionId } from '../promo/identity.ts';
import type { Redemption } from '../promo/redemption.ts';
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
}
