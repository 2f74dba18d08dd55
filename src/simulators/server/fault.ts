import { z } from 'zod';
import type { ReceivedCall } from './call.ts';

/** Which calls a fault strikes, how often, and when. */
interface Strike {
  /** Absent: every method. */
  method?: string;
  /** Tested against the path without the query. Absent: every path. */
  path?: RegExp;
  /** How many calls it strikes; absent: one. `Infinity`: until healed. */
  times?: number;
  /** Does the provider's real work first: the outcome that the caller cannot know. */
  commit?: boolean;
  /** The answer (or the hang-up) waits for this. The real work, if any, does not. */
  delay?: Promise<unknown>;
  /** Called when a call has been struck, the real work done and the wait begun. */
  onStrike?: () => void;
}

/** How a provider, or the way to it, fails. */
export type Fault = Strike &
  (
    | {
        kind: 'answer';
        status: number;
        /** A text is sent as it is, as HTML unless `headers` say otherwise; anything else as JSON; absent: empty. */
        body?: unknown;
        headers?: Record<string, string>;
      }
    /** Half of an answer, which claims to be longer; then the connection ends. */
    | { kind: 'half-body' }
    /** An answer that ends properly and holds half of a JSON text. */
    | { kind: 'truncated-json' }
    /** No answer until the client gives up or the sandbox is healed or closed, which ends the connection. */
    | { kind: 'silence' }
    /** The connection ends without an answer. */
    | { kind: 'hang-up' }
    /** The real answer, when `delay` allows. */
    | { kind: 'late' }
  );

export interface Faults {
  add(fault: Fault): void;
  /** Takes a use of the oldest fault that matches. */
  strike(call: ReceivedCall): Fault | undefined;
  /** Forgets all faults and ends all silence. */
  heal(): void;
  /** Settles at the next {@link Faults.heal}. */
  healed(): Promise<void>;
}

export function createFaults(): Faults {
  let waiting: Array<{ fault: Fault; left: number }> = [];
  let healing = Promise.withResolvers<void>();
  return {
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

/** A fault as JSON, for a test in another process: `path` is the source of a regular expression, no `delay`. */
export const FaultBody = z.discriminatedUnion('kind', [
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
]);
