import type { ProviderName } from '../../domain/promotion/promotion.ts';
import type { Gateway } from '../core/gateway.ts';

/** The cost of the count, in rows. */
const ROWS = 50;

/** How many writes to a provider have an unknown outcome, in the accounts that the caller may see. */
export function countWritesInDoubt(
  { store, accounts, clock }: Gateway,
  caller: string,
  provider: ProviderName,
): Promise<number> {
  return store.turns.run(caller, () => {
    store.turns.spend(ROWS);
    return store.pendingWrites.countInDoubt(provider, clock(), accounts.accountScope);
  });
}
