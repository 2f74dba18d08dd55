import { type AccountScope, isInScope } from '../../auth/account-scope.ts';
import { parsePromotionId, parseRedemptionId } from '../../domain/promotion/identity.ts';
import type { ProviderName } from '../../domain/promotion/promotion.ts';
import { type Database, type Prepared, parameter } from '../sqlite/database.ts';

interface Owner {
  provider: ProviderName;
  account: string;
}

/**
 * Checks whether the caller may see the object of an idempotency key, or its pending writes, with its current scope.
 */
export class IdempotencyKeyScope {
  readonly #redemption: Prepared<{ ledger_id: string }, { promotion_id: string }>;
  readonly #pendingWrites: Prepared<{ caller: string; key: string }, Owner>;

  constructor(database: Database) {
    this.#redemption = database.prepare(
      database.build
        .selectFrom('redemptions')
        .select('promotion_id')
        .where('ledger_id', '=', parameter<string>('ledger_id')),
    );
    this.#pendingWrites = database.prepare(
      database.build
        .selectFrom('intents')
        .select(['provider', 'account'])
        .where('caller', '=', parameter<string>('caller'))
        .where('idempotency_key', '=', parameter<string>('key')),
    );
  }

  /** Whether the caller may see the object that the key returns. */
  hasResult(accountScope: AccountScope, resultId: string): boolean {
    if (accountScope === null) return true;
    const ledgerId = parseRedemptionId(resultId);
    const use = ledgerId === null ? undefined : this.#redemption.get({ ledger_id: ledgerId });
    const promotion = parsePromotionId(use?.promotion_id ?? resultId);
    return promotion !== null && isInScope(accountScope, promotion);
  }

  /**
   * Whether the caller may see the pending writes of the key. Before anything is sent, the account is unknown and only
   * the provider counts.
   */
  hasWrites(
    accountScope: AccountScope,
    { caller, key, provider }: { caller: string; key: string; provider: ProviderName },
  ) {
    if (accountScope === null) return true;
    const isKnownProvider = accountScope.some((one) => one.provider === provider);
    return (
      isKnownProvider && this.#pendingWrites.all({ caller, key }).every((intent) => isInScope(accountScope, intent))
    );
  }
}
