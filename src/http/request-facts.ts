import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from '../auth/caller.ts';
import type { ReceivedBody } from './admission/read-body.ts';
import type { Answer } from './answers/answer-cache.ts';
import type { EventStream } from './subscriptions/event-stream.ts';

/** What the server learns about a request while it handles it. Yoga passes it to every plugin as its server context. */
export interface RequestFacts {
  req: IncomingMessage;
  res: ServerResponse;
  /** Set when the caller is identified. */
  sender?: Sender;
  /** The body, if it was read before Yoga. */
  body?: ReceivedBody;
  /** Why the body could not be read before Yoga. */
  bodyFailure?: unknown;
  /** Set when the answer may be stored, or given from memory the next time. */
  asked?: AskedQuery;
  log?: RequestLogState;
  admission?: Admission;
  /** The response to a subscription: Yoga provides its headers, the stream its events. */
  eventStream?: EventStream;
}

/** A request whose answer was not known. */
export interface AskedQuery {
  key: string;
  /** The moment before the store was read for it. */
  begun: number;
  /** Set by the execution of a query whose answer may be stored. */
  executed: Pick<Answer, 'operation' | 'fields' | 'basis' | 'at'> | null;
}

/** Who sent a request. */
export interface Sender {
  caller: Caller;
  /** The network address that is counted for the customer; null if the request does not come from a customer. */
  address: string | null;
}

/** What the log needs to know about a request. */
export interface RequestLogState {
  requestId: string;
  /** In milliseconds of the monotonic clock. */
  startedAt: number;
  /** True once the request has a line in the log. */
  isLogged: boolean;
  /** The codes of the errors of an operation that was not executed, each once. */
  codes: string[];
}

/** What a request takes of the limited resources. */
export interface Admission {
  /** Whose quota the request counts towards. */
  owner: string;
  /** The size of what the client sent, in bytes: the body of a POST, the target of a GET. */
  bytes: number;
  isInFlight: boolean;
  /** True for a subscription: it stops counting as in flight when its response begins. */
  isStream: boolean;
  releaseBody?: () => void;
}

/**
 * The sender of a request that passed authentication.
 * @throws if the request was not authenticated, which is a bug
 */
export function senderOf({ sender }: RequestFacts): Sender {
  if (!sender) throw new Error('A request was processed before its caller was identified');
  return sender;
}
