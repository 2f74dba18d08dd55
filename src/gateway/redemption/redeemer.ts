import type { ProviderName } from '../../domain/promotion/promotion.ts';
import type { Order } from '../../domain/redemption/redemption.ts';

/** The caller that quotes, holds or redeems a code, and its customer. */
export interface Redeemer {
  caller: string;
  /** True for a caller that may look codes up, so a refusal reveals nothing new to it. */
  mayRead: boolean;
  /** The customer's IP address; null: unknown, so attempts are not counted by address. */
  address: string | null;
  /** The one customer that the caller's token is bound to; null: it is not bound. */
  customer: string | null;
  /** False for a customer's own browser, whose holds are shorter and fewer. */
  isServer: boolean;
  /** The `X-Request-Id` of the answer; null: there is no HTTP request. */
  requestId: string | null;
}

/** A redeemer with the idempotency key of its write. */
export interface KeyedRedeemer extends Redeemer {
  idempotencyKey: string;
}

/** A code, and the order to use it for. */
export interface CodeUse {
  code: string;
  /** Absent: any provider. */
  provider?: ProviderName;
  /** Absent: any account. */
  account?: string;
  /** Null for a guest. */
  customerId: string | null;
  order: Order;
}
