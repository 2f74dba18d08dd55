import type { ProviderName } from '../../domain/promotion/promotion.ts';
import type { ProviderEvent } from '../../domain/provider/webhook-delivery.ts';
import type { Gateway } from '../core/gateway.ts';

/** Records a webhook event, to be processed soon. @returns false for a repeated delivery */
export function acceptProviderEvent({ store, clock }: Gateway, provider: ProviderName, event: ProviderEvent): boolean {
  return store.providerEvents.add(provider, event, clock());
}

/**
 * Processes webhook events. No event is about a code itself: the codes that it may concern (those of a plan, those used
 * on a subscription) are marked as due, and the next read of them calls the provider.
 */
export function processProviderEvents({ store }: Gateway): void {
  for (const { provider, event } of store.providerEvents.pending()) {
    store.transaction(() => {
      store.promotions.markDue(provider, event);
      store.providerEvents.markDone(provider, event);
    });
  }
}
