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

export interface Replays {
  /** The answer stored under the call's idempotency key, or else the work's answer, which is stored. */
  answer(call: ApiCall, work: () => Answer): Answer;
}

/** Duro replays on the key alone: another body or another path under the same key gets the first answer too. */
export function createReplays(stored: Collection<Answer>, { replays }: Pick<DuroSwitches, 'replays'>): Replays {
  return {
    answer({ method, headers }, work) {
      const key = headers['idempotency-key'];
      if (!key || !WRITING_METHODS.has(method)) return work();
      const before = stored.get(key);
      if (before !== undefined) return before;
      const answer = work();
      if (replays === 'everything' || answer.status < 300) stored.put(key, answer);
      return answer;
    },
  };
}
