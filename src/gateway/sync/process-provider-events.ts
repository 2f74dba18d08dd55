import type { Gateway } from '../core/gateway.ts';

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
