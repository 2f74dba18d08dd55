import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Answer } from '../../server/answer.ts';
import type { ApiCall } from '../../server/call.ts';
import type { Collection } from '../../server/documents.ts';
import { ExecutedRefusal, type StripeRefuse } from '../errors.ts';

const MAX_KEY_LENGTH = 255;
/** A key that is older than this is forgotten. */
const KEY_AGE_MS = 24 * 60 * 60 * 1000;

/** The first answer to an idempotency key. */
export const StoredRequest = z.object({
  /** A hash of the method, the path, the version and the parameters. */
  hash: z.string(),
  /** Milliseconds. */
  at: z.number(),
  requestId: z.string(),
  answer: z.object({ status: z.int(), headers: z.record(z.string(), z.string()), body: z.string() }),
});
export type StoredRequest = z.infer<typeof StoredRequest>;

/** Executes calls with idempotency keys once. */
export interface IdempotentRequests {
  /** @throws {Refusal} for a key of other parameters or of a call that still executes */
  answer(call: ApiCall, context: { account: string; requestId: string }, execute: () => Answer): Answer;
  /** Treats a key as that of a call that still executes, until the returned function is called. */
  keepBusy(idempotencyKey: string): () => void;
}

export function createIdempotentRequests(
  stored: Collection<StoredRequest>,
  { clock, refuse }: { clock: () => number; refuse: StripeRefuse },
): IdempotentRequests {
  const busy = new Set<string>();

  /** @returns the answer to the first call with this key; undefined: this is the first */
  function earlier(storageKey: string, key: string, hash: string): Answer | undefined {
    const first = stored.get(storageKey);
    if (first === undefined || clock() - first.at >= KEY_AGE_MS) return undefined;
    if (first.hash !== hash) {
      throw refuse(
        'Keys for idempotent requests can only be used with the same parameters they were first used with. ' +
          `Try using a key other than '${key}' if you meant to execute a different request.`,
        { type: 'idempotency_error' },
      );
    }
    const { answer, requestId } = first;
    return { ...answer, headers: { ...answer.headers, 'idempotent-replayed': 'true', 'original-request': requestId } };
  }

  return {
    answer(call, { account, requestId }, execute) {
      const key = call.headers['idempotency-key'] ?? '';
      if (key === '' || call.method !== 'POST') return execute();
      if (key.length > MAX_KEY_LENGTH) {
        throw refuse(`Idempotency keys may be at most ${MAX_KEY_LENGTH} characters long.`);
      }
      if (busy.has(key)) {
        throw refuse(
          'There is currently another in-progress request using this Idempotent Key (that probably means you ' +
            `submitted twice, and the other request is still going through): ${key}.`,
          { status: 409, type: 'idempotency_error', code: 'idempotency_key_in_use' },
        );
      }
      const storageKey = `${account}/${key}`;
      const hash = hashOf(call);
      const echo = { 'idempotency-key': key };
      const answer = earlier(storageKey, key, hash) ?? executed(execute);
      if (answer.headers['idempotent-replayed'] === undefined) {
        stored.put(storageKey, { hash, at: clock(), requestId, answer });
      }
      return { ...answer, headers: { ...answer.headers, ...echo } };
    },
    keepBusy(idempotencyKey) {
      busy.add(idempotencyKey);
      return () => void busy.delete(idempotencyKey);
    },
  };
}

/** Returns a refusal of the endpoint as an answer. A refusal before it executes is thrown on, and thus not stored. */
function executed(execute: () => Answer): Answer {
  try {
    return execute();
  } catch (error) {
    if (error instanceof ExecutedRefusal) return error.answer;
    throw error;
  }
}

function hashOf({ method, path, headers, text }: ApiCall): string {
  const parts = [method, path, headers['stripe-version'] ?? '', text];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
