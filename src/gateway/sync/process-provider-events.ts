import { parsePromotionId } from '../../domain/promotion/identity.ts';
import type { ProviderName } from '../../domain/promotion/promotion.ts';
import type { ProviderEvent } from '../../domain/provider/webhook-delivery.ts';
import type { Gateway } from '../core/gateway.ts';
import { refreshAfterEvent } from '../reading/read-promotion.ts';

/** Records a webhook event, to be processed soon. @returns false for a repeated delivery */
export function acceptProviderEvent(
  { store, clock }: Gateway,
  provider: ProviderName,
  event: ProviderEvent,
): Promise<boolean> {
  return store.providerEvents.add(provider, event, clock());
}

/**
 * Processes webhook events. Events arrive late and out of order, so what they say of a promotion is not stored. The
 * promotions that an event may concern are marked as due, and the next use of them calls the provider. Those that it is
 * about are read at once, in the background.
 */
export async function processProviderEvents(gateway: Gateway): Promise<void> {
  const { store } = gateway;
  for (const { provider, event } of await store.providerEvents.pending()) {
    const isOurs = await store.briefly(async (db) => {
      // Another process may have handled the event since it was read.
      if (!(await store.providerEvents.markDone(provider, event, db))) return false;
      await store.promotions.markDue(provider, event, db);
      return true;
    });
    if (!isOurs) continue;
    for (const id of event.promotionIds) readAgain(gateway, id);
  }
}

/** Reads a promotion that an event is about. One that was not known is now. */
function readAgain(gateway: Gateway, id: string): void {
  const key = parsePromotionId(id);
  const provider = key && gateway.accounts.find(key.provider, key.account);
  if (provider) refreshAfterEvent(gateway, provider, key);
}
