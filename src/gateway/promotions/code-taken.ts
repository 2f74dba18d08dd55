import { isConflicting, isLive } from '../../domain/codes/code-conflict.ts';
import type { IdempotencyKey } from '../../domain/ledger/idempotency-key.ts';
import type { NewPromoCode, Provider } from '../../domain/provider/provider.ts';
import { type Conflict, conflict } from '../../domain/redemption/outcomes.ts';
import { accountOf } from '../core/accounts.ts';
import type { Gateway } from '../core/gateway.ts';
import { readPromotion } from '../reading/read-promotion.ts';

/**
 * The conflict of a new promo code with a live one of the same account, or with one that is being created; null if
 * there is none. Two codes conflict if a customer could mean either; codes for different customers do not. A code that
 * another process creates meanwhile is found when the write is recorded.
 */
export async function takenBy(
  gateway: Gateway,
  provider: Provider,
  { code, customerId }: NewPromoCode,
  call: IdempotencyKey,
): Promise<Conflict | null> {
  const account = accountOf(provider);
  if (await gateway.store.pendingWrites.isCodeBeingCreated(code, { ...account, call }, gateway.clock())) {
    return conflict('The code is being created');
  }
  const found = await gateway.store.promotions.findByCode(code, account, gateway.clock());
  const rivals = found.filter((rival) => isConflicting(rival, customerId ?? null));
  for (const { id } of rivals) {
    // The stored code may have been archived at the provider since it was read.
    const rival = await readPromotion(gateway, id, 'FRESH');
    if (rival?.kind === 'PromoCode' && isLive(rival)) return { ...codeTaken(), rivalId: id };
  }
  return null;
}

export function codeTaken(): Conflict {
  return conflict('A live promo code has this code');
}
