import type { IdempotentCall } from '../../domain/ledger/idempotency-key.ts';
import type { Lease } from '../../domain/ledger/lease.ts';
import type { Taken, Use } from '../../domain/ledger/requests.ts';
import type { Promotion } from '../../domain/promotion/promotion.ts';
import type { Provider } from '../../domain/provider/provider.ts';
import { ProviderError } from '../../domain/provider/provider-error.ts';
import { type Unsupported, withoutOperation } from '../../domain/provider/unsupported.ts';
import {
  type IdempotencyConflict,
  type InvalidInput,
  type Refusal,
  refusal,
} from '../../domain/redemption/outcomes.ts';
import type { ReservedUse } from '../../store/redemptions/subscription-discounts.ts';
import type { Gateway } from '../core/gateway.ts';
import { type Applying, canApply, discountApplication, readAgain } from '../provider-writes/subscription-discount.ts';
import { type Effect, effect, withIdempotencyKey } from '../writes/idempotency.ts';
import { awaitLease } from '../writes/keep-lease.ts';
import { resumeWrite } from '../writes/resume-write.ts';
import { intentOf, sendIntent } from '../writes/send-write.ts';
import { shownUse } from './take-use.ts';

type SubscriptionUse = Use & { subscriptionId: string };

/**
 * Redeems a promo code or coupon and applies it to a subscription at its provider. The ledger reserves the use while
 * the provider is called. It keeps the use if the provider applies it, releases it if the provider refuses, and keeps
 * it reserved while the outcome is unknown.
 * @throws {ProviderError}
 */
export async function applyToSubscription(
  gateway: Gateway,
  promotion: Promotion,
  use: SubscriptionUse,
  call: IdempotentCall,
): Promise<Taken | Refusal | InvalidInput | Unsupported | IdempotencyConflict> {
  const provider = gateway.accounts.find(promotion.provider, promotion.account);
  if (!provider || !canApply(provider)) return unsupported(promotion);
  const answer = await withIdempotencyKey(gateway, call, provider.name, (lease) =>
    apply(gateway, provider, promotion, use, lease),
  );
  return answer.kind === 'EFFECT' ? shownUse(gateway, answer) : answer;
}

async function apply(
  gateway: Gateway,
  provider: Applying,
  promotion: Promotion,
  use: SubscriptionUse,
  lease: IdempotentCall & Lease,
): Promise<Effect | Taken | Refusal | InvalidInput | Unsupported> {
  const resumed = await resumeWrite(gateway, lease, 'applyToSubscription');
  if (resumed !== null) return effect(resumed);

  const reserved = await reserve(gateway, provider, promotion, use, lease);
  if (reserved.kind === 'TAKEN')
    await gateway.store.idempotencyKeys.complete(lease, reserved.redemption.id, gateway.clock());
  if (reserved.kind !== 'RESERVED') return reserved;

  const write = discountApplication(gateway, provider, reserved.request);
  try {
    return effect(await sendIntent(gateway, reserved.intentId, lease, write));
  } catch (error) {
    if (!(error instanceof ProviderError && error.unchanged)) throw error;
    if (error.reason === 'UNSUPPORTED') return unsupported(promotion);
    if (error.kind !== 'REJECTED') throw error;
    return whyRefused(gateway, provider, { promotion, use, error });
  }
}

/** Reserves the use in the ledger. Records the uses on the subscription first, to recognize the one that is added. */
async function reserve(
  gateway: Gateway,
  provider: Applying,
  promotion: Promotion,
  use: SubscriptionUse,
  lease: Lease,
): Promise<ReservedUse | Taken | Refusal | InvalidInput> {
  const { subscriptionId } = use;
  const usesBefore = await provider.listSubscriptionUses(promotion, subscriptionId, {});
  const intent = intentOf(provider, lease, { subscriptionId, usesBefore });
  return awaitLease(gateway, () => gateway.store.subscriptionDiscounts.reserve(use, intent, gateway.clock()));
}

/** Reads the promotion again, and returns the refusal that its new state explains; else the one that the provider gave. */
async function whyRefused(
  gateway: Gateway,
  provider: Provider,
  { promotion, use, error }: { promotion: Promotion; use: Use; error: ProviderError },
): Promise<Refusal> {
  await readAgain(gateway, provider, promotion);
  // The order's own hold does not explain why the provider refused.
  const verdict = await gateway.store.ledger.quote(use, gateway.clock(), false);
  return verdict.kind === 'REFUSED' ? verdict : refusal(error.refusal ?? 'REFUSED_BY_PROVIDER');
}

function unsupported({ provider }: Promotion): Unsupported {
  return withoutOperation(provider, 'subscriptionId', 'cannot get this promotion at the provider: redeem without it');
}
