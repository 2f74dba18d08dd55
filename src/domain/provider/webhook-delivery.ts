import type { Instant } from '../promotion/promotion.ts';

/** Something that a provider tells of by itself, as far as it can concern promotions. */
export interface ProviderEvent {
  /** The provider's id of the event: the same each time it is delivered. */
  id: string;
  planIds: string[];
  subscriptionIds: string[];
}

/** Why a delivery is not believed. */
export type WebhookFault = 'UNSIGNED' | 'BAD_SIGNATURE' | 'STALE' | 'MALFORMED';

/** What became of a delivery. */
export type DeliveryOutcome =
  | 'ACCEPTED'
  | 'DUPLICATE'
  | 'TOO_LARGE'
  | 'UNSUPPORTED_ENCODING'
  | 'OVERLOADED'
  | 'CLIENT_CLOSED'
  | WebhookFault;

/** A header of a delivery, by its name in lower case; null: it was not sent. */
export type Header = (name: string) => string | null;

/** Reads a body, byte for byte as it was sent: the signature is over it. */
export type ReadBody = (body: string) => { event: ProviderEvent } | { fault: WebhookFault };

/** Reads the headers of a delivery first, so that a body is read only if the provider can have signed it a short while ago. */
export type ReadWebhook = (header: Header, now: Instant) => { readBody: ReadBody } | { fault: WebhookFault };
