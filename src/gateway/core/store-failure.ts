import { troubleOf } from '../../store/engines/trouble.ts';

/**
 * Why the store could not do its work, although nothing is wrong with the gateway: its disk is full, or its server cannot be
 * reached, for example.
 */
export interface StoreFailure {
  /** For operators. */
  reason: string;
  /** The result code of the database or of the way to it. */
  code: string;
}

/** The failure of the store that an error stands for; null for any other error. */
export function storeFailureOf(error: unknown): StoreFailure | null {
  const reason = troubleOf(error);
  if (reason === null) return null;
  return { reason, code: error instanceof Error && 'code' in error ? String(error.code) : '' };
}
