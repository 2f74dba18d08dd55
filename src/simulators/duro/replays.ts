import { z } from 'zod';
import type { Answer } from '../server/answer.ts';
import type { ApiCall } from '../server/call.ts';
import type { Collection } from '../server/documents.ts';
import type { DuroSwitches } from './switches.ts';

export const StoredAnswer = z.object({
  status: z.int(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
});

const WRITING_METHODS = new Set(['POST', 'PATCH', 'PUT', 'DELETE']);

/** The stored answers to calls with an idempotency key. */
export interface Replays {
  /** Returns the stored answer for the call's idempotency key. Without one, does the work and stores its answer. */
  answer(call: ApiCall, work: () => Answer): Answer;
}

/** Duro compares only the idempotency key: another body or path with the same key also gets the first answer. */
export function createReplays(stored: Collection<Answer>, { replays }: Pick<DuroSwitches, 'replays'>): Replays {
  return {
    answer({ method, headers }, work) {
      const idempotencyKey = headers['idempotency-key'];
      if (!idempotencyKey || !WRITING_METHODS.has(method)) return work();
      const replayed = stored.get(idempotencyKey);
      if (replayed !== undefined) return replayed;
      const answer = work();
      if (replays === 'everything' || answer.status < 300) stored.put(idempotencyKey, answer);
      return answer;
    },
  };
}
