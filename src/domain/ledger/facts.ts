import type { Instant, Promotion, ProviderName } from '../promotion/promotion.ts';
import type { CountReading } from '../redemption/count-evidence.ts';
import type { IdempotencyKey, IdempotentCall, KnownKey } from './idempotency-key.ts';
import type { Lease } from './lease.ts';
import type { LedgerUse } from './ledger-use.ts';
import type { TakeMode, Use } from './requests.ts';

/** What a command has to know. The store loads it for all commands of a batch together. */
export interface LedgerNeeds {
  call?: IdempotentCall | null;
  lease?: Lease;
  /** A requested use: its promotion, the uses of its order, and what its customer has used. */
  use?: Use;
  mode?: TakeMode;
  /** The use that the command changes. */
  ledgerId?: string;
  /** The command depends on the other uses of the order of `ledgerId`, too. */
  usesOfSameOrder?: boolean;
  /** The command may record that the provider counts the use. */
  mayCount?: boolean;
  /** The command releases holds that have ended. */
  lapsedHolds?: boolean;
}

/** The state that a batch of commands touches, as it is before the first of them. */
export interface LedgerFacts {
  /**
   * The requested promotions and their coupons. `heldCount` leaves out holds that have ended, released or not.
   */
  promotions: readonly Promotion[];
  /** The evidence of the provider's count, for the promotions of uses that may be counted. */
  counts: readonly PromotionCounts[];
  /**
   * The uses of the orders, the uses that the commands name, those that their keys return, and the holds to release;
   * oldest first.
   */
  uses: readonly LedgerUse[];
  /** How many active uses of a promotion a customer has, for promotions with a limit per customer. */
  customerUses: readonly { customerId: string; promotionId: string; uses: number }[];
  /** The open holds of the callers' customers whose number is limited. `customerId: null`: the caller's guests. */
  openHolds: readonly CustomerHold[];
  /** What the customers have redeemed at the accounts of promotions for a first transaction. */
  transactions: readonly Transaction[];
  keys: readonly KnownKey[];
  /** A sequence number for each command, ascending; none if no command needs one. */
  numbers: readonly number[];
}

export const NO_FACTS: LedgerFacts = {
  promotions: [],
  counts: [],
  uses: [],
  customerUses: [],
  openHolds: [],
  transactions: [],
  keys: [],
  numbers: [],
};

export interface CustomerHold {
  ledgerId: string;
  caller: string;
  customerId: string | null;
  until: Instant;
}

export type Transaction = Pick<LedgerUse, 'ledgerId' | 'customerId' | 'caller' | 'orderId'> & {
  provider: ProviderName | null;
  account: string | null;
};

/** The evidence of a provider's count. See redemption/count-evidence.ts. */
export interface PromotionCounts {
  promotionId: string;
  /** The count in the provider's latest answer. */
  providerCount: number;
  readings: readonly CountReading[];
  /** The sequence numbers of the open uses, for promotions with several readings. */
  openUses: readonly { ledgerId: string; takenNumber: number }[];
}

/** The text that stands for a key where texts are locked or looked up. */
export function keyText({ caller, key }: IdempotencyKey): string {
  return JSON.stringify(['key', caller, key]);
}
