import type { Money } from '../money/money.ts';
import type { Instant, ProviderName } from '../promotion/promotion.ts';
import type { Conflict, IdempotencyConflict, InvalidInput, NotFound, Refusal } from '../redemption/outcomes.ts';
import type { Order, Redemption } from '../redemption/redemption.ts';

/** A request to use a promotion for an order. */
export interface Use {
  promotionId: string;
  customerId: string | null;
  order: Order;
  subscriptionId: string | null;
  caller: string;
  /**
   * The only customer that the caller acts for; null: any. A bound caller sees nothing of other customers on the order.
   */
  boundTo: string | null;
  /** Whether the caller may read redemptions, and so see other callers' holds. */
  mayRead: boolean;
}

/** The amount that an order has when its hold is confirmed. */
export interface FinalAmount {
  amount: Money;
  /** The total of the products that the promotion applies to. Absent: unknown. */
  eligibleAmount?: Money;
}

/** A request to redeem a hold. */
export interface Confirmation {
  ledgerId: string;
  /** The provider has counted the use. Only callers that may manage promotions can report it. */
  countedByProvider: boolean;
  /** Null: the hold's own amount and discount stand. */
  finalAmount: FinalAmount | null;
}

/** The caller that confirms or cancels a redemption. */
export interface RedemptionActor {
  caller: string;
  /** The only customer whose redemptions the caller may confirm or cancel; null: any customer's. */
  customer: string | null;
  /** Whether the caller may change other callers' redemptions, and report that a provider counted a use. */
  mayManage: boolean;
}

/**
 * How a use is taken: redeemed; held until an instant; or reserved while the provider applies it (`until: null`).
 * `keepsEnd`: a hold that the order already has keeps its end, because the promo code could not be verified.
 * `mostOpen`: how many open holds the customer may have.
 */
export type TakeMode =
  | { as: 'REDEEMED' }
  | { as: 'HELD'; until: Instant | null; keepsEnd?: boolean; mostOpen?: number | undefined };

/** `replayed`: the idempotency key or the order already had this redemption. */
export type Taken = { kind: 'TAKEN'; redemption: Redemption; replayed: boolean };
/** Another call with the same idempotency key or order is in progress. */
export type InProgress = { kind: 'IN_PROGRESS'; provider: ProviderName };
/** The provider has applied the use. It can be cancelled here only after it was ended there. */
export type StandsAtProvider = { kind: 'STANDS_AT_PROVIDER' };
export type TakeAnswer = Taken | Refusal | InvalidInput | IdempotencyConflict | InProgress;
export type CancelAnswer = Taken | NotFound | Conflict | IdempotencyConflict | InProgress | StandsAtProvider;
export type ConfirmAnswer = Exclude<CancelAnswer, StandsAtProvider> | Refusal;
