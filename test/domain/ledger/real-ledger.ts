import type { Sending } from '../../../src/store/promotions/answer-moment.ts';
import type { Store } from '../../../src/store/store.ts';
import type { Code, ModelRead } from './ledger-model.ts';

/** What the commands of the model use of a store. */
export interface LedgerStore {
  ledger: Pick<Store['ledger'], 'quote' | 'take' | 'confirm' | 'cancel' | 'releaseExpired'>;
  subscriptionDiscounts: Pick<
    Store['subscriptionDiscounts'],
    'reserve' | 'markApplied' | 'markNotApplied' | 'markEnded'
  >;
  redemptions: Pick<Store['redemptions'], 'get'>;
  idempotencyKeys: Pick<Store['idempotencyKeys'], 'claim'>;
  promotions: Pick<Store['promotions'], 'get' | 'sending'>;
}

/** A ledger with the promo codes of the model, to compare with it. */
export interface RealLedger<Parts extends LedgerStore = LedgerStore> {
  store: Parts;
  /** The public id of a name in the model. */
  idOf(name: Code | 'coupon'): string;
  /** The reads that were sent, by moment. */
  sendings: Map<number, Sending>;
  /** Stores the answer to a read. */
  saveRead(read: ModelRead & { sending: Sending }): Promise<void>;
  reopen(): Promise<void>;
  remove(): Promise<void>;
}
