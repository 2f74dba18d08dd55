import type { Instant } from '../promotion/promotion.ts';

/** A webhook event of a provider: the plans and subscriptions that it concerns. */
export interface ProviderEvent {
  /** The provider's id of the event, the same in each delivery. */
  id: string;
  planIds: string[];
  subscriptionIds: string[];
}

/** Why a delivery is rejected. STALE: its timestamp is too old. */
export type WebhookFault = 'UNSIGNED' | 'BAD_SIGNATURE' | 'STALE' | 'MALFORMED';

/** The outcome of a delivery. */
export type DeliveryOutcome =
  | 'ACCEPTED'
  | 'DUPLICATE'
  | 'TOO_LARGE'
  | 'UNSUPPORTED_ENCODING'
  | 'OVERLOADED'
  | 'CLIENT_CLOSED'
  | WebhookFault;

/** Returns a header of the delivery by its lower-case name; null: the header is missing. */
export type Header = (name: string) => string | null;

/** Verifies and parses a body. It must have the same bytes as were sent, because the signature covers them. */
export type ReadBody = (body: string) => { event: ProviderEvent } | { fault: WebhookFault };

/** Checks the headers first, so that a body without a recent signature is not read at all. */
export type ReadWebhook = (header: Header, now: Instant) => { readBody: ReadBody } | { fault: WebhookFault };
