import type { Gateway } from '../core/gateway.ts';

/**
 * Works on what providers have told of: no event is about a code itself, so what it can concern (the codes of a plan,
 * those used on a subscription) is read anew by whoever needs it next.
 */
export function processProviderEvents({ store }: Gateway): void {
  for (const { provider, event } of store.providerEvents.pending()) {
    store.transaction(() => {
      store.promotions.markDue(provider, event);
      store.providerEvents.done(provider, event);
    });
  }
}
