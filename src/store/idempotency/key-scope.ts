import { parsePromotionId, parseRedemptionId } from '../../promo/identity.ts';
import type { ProviderName } from '../../promo/promotion.ts';
import { type Reach, reaches } from '../../promo/reach.ts';
import { type Database, type Prepared, parameter } from '../database.ts';

/** What the caller of a write may see now. Its keys may be older than that. */
export interface Sight {
  reach: Reach;
  /** The only customer whose redemptions it may see; null: any customer's. */
  customer: string | null;
}

interface Owner {
  provider: ProviderName;
  account: string;
}

/** Finds out whether what an idempotency key has made, or may be making, lies within its caller's sight. */
export class KeyScope {
  readonly #redemption: Prepared<{ ledger_key: string }, { promotion_id: string; customer_id: string | null }>;
  readonly #intents: Prepared<{ caller: string; key: string }, Owner>;

  constructor(database: Database) {
    this.#redemption = database.prepare(
      database.build
        .selectFrom('redemptions')
        .select(['promotion_id', 'customer_id'])
        .where('ledger_key', '=', parameter<string>('ledger_key')),
    );
    this.#intents = database.prepare(
      database.build
        .selectFrom('intents')
        .select(['provider', 'account'])
        .where('caller', '=', parameter<string>('caller'))
        .where('idempotency_key', '=', parameter<string>('key')),
    );
  }

  /** Whether the caller may see the object that the key gave. */
  hasResult({ reach, customer }: Sight, resultId: string): boolean {
    if (reach === null && customer === null) return true;
    const ledgerKey = parseRedemptionId(resultId);
    const use = ledgerKey === null ? undefined : this.#redemption.get({ ledger_key: ledgerKey });
    const promotion = parsePromotionId(use?.promotion_id ?? resultId);
    const isOfCustomer = customer === null || use?.customer_id === customer;
    return promotion !== null && reaches(reach, promotion) && isOfCustomer;
  }

  /**
   * Whether the caller may see what a call under the key is making at a provider, or has left there. While nothing was
   * sent, the account is not known.
   */
  hasWrites({ reach }: Sight, { caller, key, provider }: { caller: string; key: string; provider: ProviderName }) {
    if (reach === null) return true;
    const isKnownProvider = reach.some((one) => one.provider === provider);
    return isKnownProvider && this.#intents.all({ caller, key }).every((intent) => reaches(reach, intent));
  }
}
