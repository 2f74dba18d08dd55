import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from '../auth/caller.ts';
import type { ReceivedBody } from './admission/read-body.ts';
import type { Answer } from './answers/answer-cache.ts';
import { REQUEST_ID_HEADER, requestIdOf } from './responses/request-id.ts';
import type { EventStream } from './subscriptions/event-stream.ts';

/**
 * What the server learns about a request while it handles it. Yoga passes it to every hook as its server context, and uses
 * the same object as the context of the operation.
 */
export interface RequestFacts {
  req: IncomingMessage;
  res: ServerResponse;
  log: RequestLogState;
  /** Set when the caller is identified. */
  sender?: Sender;
  /** Why the caller could not be identified before Yoga. */
  senderFailure?: unknown;
  /** The body, once it is read. */
  body?: ReceivedBody;
  /** Why the body could not be read before Yoga. */
  bodyFailure?: unknown;
  /** Set when the answer may be stored, or given from memory the next time. */
  asked?: AskedQuery;
  admission?: Admission;
  /** Set by the execution of a query whose answer may be cached. Absent: no response to the request may be stored. */
  cacheHeaders?: CacheHeaders;
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
  /** The owner of the quota that the request counts towards: a server by its name, a customer by the network address. */
  quotaOwner: string;
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
  /** The size of what the client sent, in bytes: the body of a POST, the target of a GET. */
  bytes: number;
  isInFlight: boolean;
  /** True for a subscription: it stops counting as in flight when its response begins. */
  isStream: boolean;
}

/** How clients and caches may store an answer. */
export interface CacheHeaders {
  cacheControl: string;
  /** The tags by which CDNs find the answer; null: it has none. */
  cacheTag: string | null;
}

/** What is known of a request that has just arrived. */
export function newRequestFacts(req: IncomingMessage, res: ServerResponse): RequestFacts {
  const requestId = requestIdOf(req.headers[REQUEST_ID_HEADER]);
  return { req, res, log: { requestId, startedAt: performance.now(), isLogged: false, codes: [] } };
}

/** Releases the memory of the body, if there is one. */
export function releaseBody(facts: RequestFacts): void {
  facts.body?.release();
  facts.body = undefined;
}

/**
 * The sender of a request that passed authentication.
 * @throws if the request was not authenticated, which is a bug
 */
export function senderOf({ sender }: RequestFacts): Sender {
  if (!sender) throw new Error('A request was processed before its caller was identified');
  return sender;
}
