import type { IdempotentCall } from '../../domain/ledger/idempotency-key.ts';
import type { Lease } from '../../domain/ledger/lease.ts';
import type { Taken } from '../../domain/ledger/requests.ts';
import type { Provider } from '../../domain/provider/provider.ts';
import { type Conflict, conflict, type IdempotencyConflict } from '../../domain/redemption/outcomes.ts';
import type { Redemption } from '../../domain/redemption/redemption.ts';
import type { WriteRequestOf } from '../../store/writes/write-request.ts';
import type { Gateway } from '../core/gateway.ts';
import { discountRemoval } from '../provider-writes/subscription-discount.ts';
import { type Effect, effect, keyedCall, withIdempotencyKey } from '../writes/idempotency.ts';
import { awaitLease } from '../writes/keep-lease.ts';
import { sendWrite } from '../writes/send-write.ts';
import type { RedemptionWriter, SettledAnswer } from './confirm-redemption.ts';
import { earlierAnswer } from './earlier-answer.ts';
import { findRedemption, unknownRedemption } from './ledger-id.ts';
import { shownUse } from './take-use.ts';

export interface CancelRequest {
  id: string;
  reason: string | null;
}

/**
 * Cancels a redemption and frees its use. Ends a discount on a subscription at its provider first; the provider's own
 * count does not change.
 * @throws {ProviderError}
 */
export async function cancelRedemption(
  gateway: Gateway,
  writer: RedemptionWriter,
  request: CancelRequest,
): Promise<SettledAnswer> {
  const call = keyedCall(gateway, writer, 'cancelRedemption', { ...request });
  const earlier = await earlierAnswer(gateway, call, 'removeFromSubscription');
  if (earlier) return earlier;
  const keyed = writer.idempotencyKey === undefined ? null : call;
  const named = await findRedemption(gateway, request.id);
  if (named === null) return unknownRedemption(gateway, keyed);
  // The ledger decides whether the provider has applied the use, because that may be recorded at any moment.
  const answer = await awaitLease(gateway, () =>
    gateway.store.ledger.cancel(named.ledgerId, request.reason, writer, keyed, gateway.clock()),
  );
  return answer.kind === 'STANDS_AT_PROVIDER' ? cancelAtProvider(gateway, call, request) : answer;
}

/** Ends the discount at the provider, and the redemption with it. */
async function cancelAtProvider(
  gateway: Gateway,
  call: IdempotentCall,
  request: CancelRequest,
): Promise<Taken | Conflict | IdempotencyConflict> {
  const redemption = await gateway.store.redemptions.get(request.id, gateway.clock());
  const removal = redemption && removalOf(gateway, redemption, request);
  if (!removal) return conflict('The provider that has applied it is switched off here, or cannot end it', redemption);
  const answer = await withIdempotencyKey(gateway, call, removal.provider.name, (lease) =>
    remove(gateway, removal, lease),
  );
  return answer.kind === 'EFFECT' ? shownUse(gateway, answer) : answer;
}

async function remove(gateway: Gateway, { provider, request }: Removal, lease: Lease): Promise<Effect | Conflict> {
  // Another call may have ended it while this one waited for its key.
  const redemption = await gateway.store.redemptions.get(request.redemptionId, gateway.clock());
  if (redemption?.status !== 'REDEEMED') return conflict(`The redemption is ${redemption?.status}`, redemption);
  return effect(await sendWrite(gateway, provider, lease, discountRemoval(gateway, provider, request)));
}

interface Removal {
  provider: Provider;
  request: WriteRequestOf<'removeFromSubscription'>;
}

/** How to end the discount at its provider; null if that is not possible here. */
function removalOf(gateway: Gateway, redemption: Redemption, { id, reason }: CancelRequest): Removal | null {
  const provider = providerOf(gateway, redemption);
  if (!provider?.removeFromSubscription) return null;
  const { providerUseId: useId, subscriptionId } = redemption;
  if (useId === null || subscriptionId === null) return null;
  const operation = 'removeFromSubscription' as const;
  return { provider, request: { operation, redemptionId: id, useId, subscriptionId, reason } };
}

function providerOf({ accounts }: Gateway, { promotionId }: Redemption): Provider | undefined {
  const key = accounts.keyOf(promotionId);
  return key ? accounts.find(key.provider, key.account) : undefined;
}
