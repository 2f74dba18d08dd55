import type { ProviderCall } from './provider-calls.ts';
import type { SettledUse } from './use-metrics.ts';

/** An answered operation. Its variables are left out, because they contain codes and customers. */
export interface AnsweredOperation {
  requestId: string;
  caller: string | null;
  /** The operation's name; null for an anonymous operation. */
  operation: string | null;
  type: 'query' | 'mutation' | 'subscription';
  /** The results of its writes and quotes (TAKEN, EXHAUSTED, …) and the codes of its errors; OK if there are none. */
  outcomes: string[];
  /** For the metrics alone. */
  fields: readonly AnsweredField[];
  milliseconds: number;
  /** The number of calls to providers. */
  providerCalls: number;
  /** The first of those calls. */
  calls: ProviderCall[];
  /** Present if the answer was given from memory, without an execution. */
  fromMemory?: true;
}

/** What became of a root field. */
export interface AnsweredField {
  /** Its place in the schema: "Mutation.redeemPromoCode". */
  field: string;
  /** OK, the result of a write or quote, or the code of the field's first error. */
  outcome: string;
  /** The hold or redemption that was made, confirmed or cancelled now. Absent: none was. */
  settled?: SettledUse;
}

/** A request that was answered without executing an operation. */
export interface AnsweredRequest {
  requestId: string;
  /** Null if the request was rejected before its caller was identified. */
  caller: string | null;
  status: number;
  /** The codes of the errors, each once, if GraphQL rejected an operation. */
  codes?: readonly string[];
  milliseconds: number;
}

/** Records answered operations and requests. */
export interface RequestLog {
  logOperation(answered: AnsweredOperation): void;
  logRequest(answered: AnsweredRequest): void;
}

/** Logged in place of a status when the client closed its connection before the answer; nginx uses the same number. */
export const CLIENT_CLOSED = 499;
