import type { ProviderName } from '../../domain/promotion/promotion.ts';
import type { ProviderEvent } from '../../domain/provider/webhook-delivery.ts';
import type { Gateway } from '../core/gateway.ts';

/** Records a webhook event, to be processed soon. @returns false for a repeated delivery */
export function acceptProviderEvent(
  { store, clock }: Gateway,
  provider: ProviderName,
  event: ProviderEvent,
): Promise<boolean> {
  return store.providerEvents.add(provider, event, clock());
}

/**
 * Processes webhook events. No event is about a code itself: the codes that it may concern (those of a plan, those used
 * on a subscription) are marked as due, and the next read of them calls the provider. Nobody waits for it.
 */
export async function processProviderEvents({ store }: Gateway): Promise<void> {
  for (const { provider, event } of await store.providerEvents.pending()) {
    await store.briefly(async (db) => {
      // Another process may have handled the event since it was read.
      if (await store.providerEvents.markDone(provider, event, db)) await store.promotions.markDue(provider, event, db);
    });
  }
}
