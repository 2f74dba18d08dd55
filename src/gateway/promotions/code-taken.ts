import { isConflicting, isLive } from '../../domain/codes/code-conflict.ts';
import type { NewPromoCode, Provider } from '../../domain/provider/provider.ts';
import { type Conflict, conflict } from '../../domain/redemption/results.ts';
import type { IdempotencyKey } from '../../store/writes/idempotency-keys.ts';
import type { Gateway } from '../core/gateway.ts';
import { readPromotion } from '../reading/read-promotion.ts';

/**
 * Whether a live promo code of the same account, or one that is being made, is spelled so that customers could not tell
 * the two apart. Two codes for different customers can be told apart. What another process makes while this one asks
 * the provider is found when the write is recorded.
 */
export async function takenBy(
  gateway: Gateway,
  provider: Provider,
  { code, customerId }: NewPromoCode,
  call: IdempotencyKey,
): Promise<Conflict | null> {
  const owner = { provider: provider.name, account: provider.account };
  if (gateway.store.pendingWrites.isCodeBeingCreated(code, { ...owner, call }, gateway.clock())) {
    return conflict('The code is being created');
  }
  const rivals = gateway.store.promotions
    .findByCode(code, owner, gateway.clock())
    .filter((rival) => isConflicting(rival, customerId ?? null));
  for (const { id } of rivals) {
    // What is held may be old: the code may have been archived at the provider since.
    const rival = await readPromotion(gateway, id, 'FRESH');
    if (rival?.kind === 'PromoCode' && isLive(rival)) return codeTaken();
  }
  return null;
}

export function codeTaken(): Conflict {
  return conflict('A live promo code has this code');
}
