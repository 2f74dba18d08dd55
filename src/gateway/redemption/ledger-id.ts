import type { IdempotentCall } from '../../domain/ledger/idempotency-key.ts';
import { parseRedemptionId } from '../../domain/promotion/identity.ts';
import { type IdempotencyConflict, type NotFound, notFound } from '../../domain/redemption/outcomes.ts';
import type { Redemption } from '../../domain/redemption/redemption.ts';
import type { Gateway } from '../core/gateway.ts';
import { isInCallersScope } from '../reading/read-redemption.ts';
import { outOfScope } from '../writes/idempotency.ts';

/** A redemption that a call names. */
interface NamedRedemption {
  ledgerId: string;
  /** Null: the ledger does not have it. */
  redemption: Redemption | null;
}

/** The redemption with an id; null: it is no redemption's id, or the redemption is outside the account scope. */
export async function findRedemption(gateway: Gateway, id: string): Promise<NamedRedemption | null> {
  const redemption = await gateway.store.redemptions.get(id, gateway.clock());
  const ledgerId = redemption && !isInCallersScope(gateway, redemption) ? null : parseRedemptionId(id);
  return ledgerId === null ? null : { ledgerId, redemption };
}

/**
 * The answer to a call that names an unknown redemption.
 * @param call null: the call has no idempotency key
 */
export async function unknownRedemption(
  gateway: Gateway,
  call: IdempotentCall | null,
): Promise<NotFound | IdempotencyConflict> {
  return call ? outOfScope(gateway, call, 'No such redemption') : notFound('No such redemption');
}
