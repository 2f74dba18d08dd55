import type { WriteCall } from '../../domain/provider/provider.ts';
import type { AnswerMoment } from '../../store/promotions/answer-moment.ts';
import type { PendingWrite } from '../../store/writes/pending-write-row.ts';
import type { WriteRequest } from '../../store/writes/write-request.ts';

/** What a provider answered to a write. */
export interface Answered {
  /** Records the answer in the store, as part of a transaction. Returns the id of the object that was made or changed. */
  record(moment: AnswerMoment): string;
}

/**
 * What reconciliation found of an earlier try: its effect; null: nothing so far. UNDECIDABLE: several effects, of which
 * any may be its own. REPLACED: nothing, but a later change of the same object may have replaced its effect.
 */
export type Found = Answered | 'UNDECIDABLE' | 'REPLACED' | null;

/** One write to a provider: how to send it, how to find out what became of it, and what to record. */
export interface ProviderWrite {
  request: WriteRequest;
  /** Reads what exists at the provider before the write, and adds it to the request. Absent: nothing is needed. */
  lookBefore?(): Promise<WriteRequest>;
  send(call: WriteCall): Promise<Answered>;
  /** How long after the first try a repeat still has no second effect, in milliseconds; 0: never repeat it. */
  repeatsSafelyForMs: number;
  /** Looks for the effect of an earlier try. Absent: only sending the write again can tell. */
  reconcile?(pending: PendingWrite): Promise<Found>;
  /** The same, by the provider's id that a person names; null: the provider has no such object. */
  reconcileById?(providerId: string): Promise<Answered | null>;
  /** True for the first half of what was asked: it does not complete the idempotency key. */
  isPart?: boolean;
  /** Undoes what the store reserved for the write, as part of a transaction. Called when the write had no effect. */
  undo?(): void;
  /** Called after the answer was recorded. */
  afterwards?(): Promise<void> | void;
}
