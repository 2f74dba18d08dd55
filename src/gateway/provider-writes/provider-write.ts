import type { WriteCall } from '../../domain/provider/provider.ts';
import type { Db } from '../../store/engines/engine.ts';
import type { AnswerMoment } from '../../store/promotions/answer-moment.ts';
import type { PendingWrite } from '../../store/writes/pending-write-row.ts';
import type { WriteRequest } from '../../store/writes/write-request.ts';

/** The provider's answer to a write. */
export interface Answered {
  /**
   * Records the answer in the store, as part of a transaction. Returns the id of the object that was made or changed.
   */
  record(moment: AnswerMoment, db: Db): Promise<string>;
}

/**
 * The effect of an earlier try, as reconciliation found it; null: none so far. UNDECIDABLE: several objects, each of
 * which may be the effect. REPLACED: none, but a later change of the same object may have replaced the effect.
 */
export type Found = Answered | 'UNDECIDABLE' | 'REPLACED' | null;

/**
 * One write to a provider: how to send it, how to find its effect after a lost answer, and how to record the answer.
 */
export interface ProviderWrite {
  request: WriteRequest;
  /** Reads what exists at the provider before the write, and adds it to the request. Absent: nothing is needed. */
  lookBefore?(): Promise<WriteRequest>;
  send(call: WriteCall): Promise<Answered>;
  /** How long after the first try a repeat still has no second effect, in milliseconds; 0: never repeat it. */
  repeatsSafelyForMs: number;
  /** Looks for the effect of an earlier try. Absent: only sending the write again shows it. */
  reconcile?(pending: PendingWrite): Promise<Found>;
  /** Looks for the effect by the provider id that a person names; null: the provider has no such object. */
  reconcileById?(providerId: string): Promise<Answered | null>;
  /** True for a write that another one follows under the same idempotency key, so it does not complete the key. */
  isPart?: boolean;
  /** Undoes what the store reserved for the write, as part of a transaction. Called when the write had no effect. */
  undo?(db: Db): Promise<void>;
  /** Called after the answer was recorded. */
  afterwards?(): Promise<void> | void;
}
