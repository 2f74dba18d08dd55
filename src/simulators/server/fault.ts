import { z } from 'zod';
import type { ReceivedCall } from './call.ts';

/** Which calls a fault strikes, and how often. */
interface Strike {
  /** Absent: every method. */
  method?: string;
  /** Matches the path without the query. Absent: every path. */
  path?: RegExp;
  /** How many calls it strikes. Absent: one. `Infinity`: all calls until `heal`. */
  times?: number;
  /** Does the provider's real work before it fails, so that the caller cannot know the outcome. */
  commit?: boolean;
  /** The answer (or the hang-up) waits for this promise. The real work does not. */
  delay?: Promise<unknown>;
  /** Called when the fault strikes a call, after the real work and before the wait. */
  onStrike?: () => void;
}

/** A failure of a provider or of the network. */
export type Fault = Strike &
  (
    | {
        kind: 'answer';
        status: number;
        /** A string is sent unchanged, as HTML by default; another value as JSON. Absent: an empty body. */
        body?: unknown;
        headers?: Record<string, string>;
      }
    /** Half of an answer with the Content-Length of the whole; then the connection closes. */
    | { kind: 'half-body' }
    /** A complete response whose body is half of a JSON text. */
    | { kind: 'truncated-json' }
    /** No answer. The connection closes when the client gives up, or at `heal` or `close` of the simulator. */
    | { kind: 'silence' }
    /** The connection closes without an answer. */
    | { kind: 'hang-up' }
    /** The real answer, after `delay`. */
    | { kind: 'late' }
  );

/** A fault, and how many calls it still strikes; `Infinity`: all calls until `heal`. */
export interface WaitingFault {
  fault: Fault;
  left: number;
}

/** The faults of one simulator that have not struck yet. */
export interface Faults {
  add(fault: Fault): void;
  /** Oldest first. */
  waiting(): WaitingFault[];
  /** Returns the oldest fault that matches a call, and uses it up once; undefined: none matches. */
  strike(call: ReceivedCall): Fault | undefined;
  /** Removes all faults, and ends the silent calls. */
  heal(): void;
  /** Resolves at the next {@link Faults.heal}. */
  healed(): Promise<void>;
}

export function createFaults(): Faults {
  let waiting: WaitingFault[] = [];
  let healing = Promise.withResolvers<void>();
  return {
    waiting: () => [...waiting],
    add: (fault) => void waiting.push({ fault, left: fault.times ?? 1 }),
    strike(call) {
      const struck = waiting.find(({ fault, left }) => left > 0 && matches(fault, call));
      if (struck === undefined) return undefined;
      struck.left -= 1;
      waiting = waiting.filter(({ left }) => left > 0);
      return struck.fault;
    },
    heal() {
      waiting = [];
      healing.resolve();
      healing = Promise.withResolvers();
    },
    healed: () => healing.promise,
  };
}

function matches({ method, path }: Fault, call: ReceivedCall): boolean {
  if (method !== undefined && method.toUpperCase() !== call.method) return false;
  return path === undefined || call.path.search(path) >= 0;
}

const StrikeBody = z.object({
  method: z.string().optional(),
  path: z
    .string()
    .transform((source) => new RegExp(source))
    .optional(),
  times: z.union([z.int().positive(), z.literal('always').transform(() => Number.POSITIVE_INFINITY)]).optional(),
  commit: z.boolean().optional(),
});

/** A fault as JSON, for tests in other processes. `path` is the source of a regular expression. Has no `delay`. */
export const FaultBody = z.discriminatedUnion(
  'kind',
  [
    StrikeBody.extend({
      kind: z.literal('answer'),
      status: z.int().min(200).max(599),
      body: z.unknown().optional(),
      headers: z.record(z.string(), z.string()).optional(),
    }),
    StrikeBody.extend({ kind: z.literal('half-body') }),
    StrikeBody.extend({ kind: z.literal('truncated-json') }),
    StrikeBody.extend({ kind: z.literal('silence') }),
    StrikeBody.extend({ kind: z.literal('hang-up') }),
  ],
  { error: 'must be answer, half-body, truncated-json, silence or hang-up' },
);
