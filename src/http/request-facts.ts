import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from '../auth/caller.ts';
import type { EventStream } from './subscriptions/event-stream.ts';

/** What is found out about a request on its way. Yoga hands it on with the request, so nothing has to be looked up by it. */
export interface RequestFacts {
  req: IncomingMessage;
  res: ServerResponse;
  /** Who sends it, once that is known. */
  sender?: Caller;
  /** How the log names it, when it came, and whether the log has told of it. */
  logged?: { id: string; begun: number; isTold: boolean };
  admission?: Admission;
  /** Sends the answer to a subscription, whose headers alone come from Yoga. */
  events?: EventStream;
}

/** Whose share of the work and of the memory a request takes, and what it has taken. */
export interface Admission {
  share: string;
  isInFlight: boolean;
  /** A subscription: its answer goes on when it has begun. */
  isStream: boolean;
  releaseBody?: () => void;
}
