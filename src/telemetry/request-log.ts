import type { ProviderCall } from './provider-calls.ts';

/** What is known of an operation once it has been answered. Never its variables: codes and customers are in there. */
export interface AnsweredOperation {
  requestId: string;
  caller: string | null;
  /** Its name; null: it has none. */
  operation: string | null;
  type: 'query' | 'mutation' | 'subscription';
  /** What came of its writes and quotes (TAKEN, EXHAUSTED, …) and the codes of its errors; OK: nothing to tell. */
  outcomes: string[];
  milliseconds: number;
  /** How many calls were made to providers, and the first of them. */
  providerCalls: number;
  calls: ProviderCall[];
}

/** A request that was answered without an operation. */
export interface AnsweredRequest {
  requestId: string;
  /** Null: unknown, or refused before the caller was identified. */
  caller: string | null;
  status: number;
  milliseconds: number;
}

/** Where answers are reported to. */
export interface AnswerLog {
  logOperation(answered: AnsweredOperation): void;
  logRequest(answered: AnsweredRequest): void;
}
