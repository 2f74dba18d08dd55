import type { Instant } from './promotion.ts';

/** Something that a provider tells of by itself, as far as it can concern promotions. */
export interface ProviderEvent {
  /** The provider's id of the event: the same each time it is delivered. */
  id: string;
  planIds: string[];
  subscriptionIds: string[];
}

/** Why a delivery is not believed. */
export type WebhookFault = 'UNSIGNED' | 'BAD_SIGNATURE' | 'STALE' | 'MALFORMED';

/** A delivery as it came over the wire. */
export interface Delivery {
  header(name: string): string | null;
  /** The body, byte for byte: the signature is over it. */
  body: string;
}

/** Reads a delivery, if the provider has signed it a short while ago. */
export type ReadWebhook = (delivery: Delivery, now: Instant) => { event: ProviderEvent } | { fault: WebhookFault };
