import type { Instant } from '../promotion/promotion.ts';

/** A webhook event of a provider, and what it concerns. */
export interface ProviderEvent {
  /** The provider's id of the event, the same in each delivery. */
  id: string;
  /** The provider's ids of plans: their promotions may have changed. */
  planIds: string[];
  /** The provider's ids of subscriptions: the promotions that were used on them may have changed. */
  subscriptionIds: string[];
  /** The gateway's ids of the promotions that the event is about, known or not. */
  promotionIds: string[];
  /** The gateway's ids of coupons whose promo codes may all have changed. */
  couponIds: string[];
}

/** Why a delivery is rejected. STALE: its timestamp is too old. */
export type WebhookFault = 'UNSIGNED' | 'BAD_SIGNATURE' | 'STALE' | 'MALFORMED';

/** Why a signed event is not stored. UNKNOWN_ACCOUNT: of an account that the gateway is not configured for. */
export type IgnoredReason = 'IRRELEVANT' | 'UNKNOWN_ACCOUNT';

/** The outcome of a delivery. */
export type DeliveryOutcome =
  | 'ACCEPTED'
  | 'DUPLICATE'
  | IgnoredReason
  | 'TOO_LARGE'
  | 'UNSUPPORTED_ENCODING'
  | 'OVERLOADED'
  | 'CLIENT_CLOSED'
  | WebhookFault;

/** Returns a header of the delivery by its lower-case name; null: the header is missing. */
export type Header = (name: string) => string | null;

/** Verifies and parses a body. It must have the same bytes as were sent, because the signature covers them. */
export type ReadBody = (
  body: string,
) => { event: ProviderEvent } | { fault: WebhookFault } | { ignored: IgnoredReason };

/** Checks the headers first, so that a body without a recent signature is not read at all. */
export type ReadWebhook = (header: Header, now: Instant) => { readBody: ReadBody } | { fault: WebhookFault };
