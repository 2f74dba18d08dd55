import type { ProviderError } from '../../domain/provider/provider-error.ts';
import type { PendingWrite } from '../../store/writes/pending-write-row.ts';
import type { Gateway } from '../core/gateway.ts';
import type { Answered, ProviderWrite } from '../provider-writes/provider-write.ts';
import { unknownOutcome } from '../provider-writes/unknown-outcome.ts';

/**
 * A search that finds nothing counts only if it began this long after the write was sent: before, the write may still
 * run.
 */
export const SETTLED_AFTER_MS = 60_000;

/**
 * The outcome of an earlier try. NOT_MADE: it had no effect, because a search that began long enough after it found
 * nothing. LATER: it may still run at the provider.
 */
export type Outcome = Answered | 'UNDECIDABLE' | 'REPLACED' | 'NOT_MADE' | 'LATER';

/** Looks for the effect of an earlier try. */
export async function reconcile(gateway: Gateway, pending: PendingWrite, write: ProviderWrite): Promise<Outcome> {
  const began = gateway.clock();
  const found = (await write.reconcile?.(pending)) ?? null;
  if (found && found !== 'REPLACED') return found;
  if (began < pending.sentAt + SETTLED_AFTER_MS) return 'LATER';
  return found ?? 'NOT_MADE';
}

/** True if a write may be sent again. If the clock was ahead when it was recorded, its age is negative. */
export function isRepeatedSafely(
  { clock }: Gateway,
  { since }: PendingWrite,
  { repeatsSafelyForMs }: ProviderWrite,
): boolean {
  return Math.abs(clock() - since) < repeatsSafelyForMs;
}

/** The failure of a call whose first try may still run at the provider. */
export function unknownYet({ clock }: Gateway, { provider, sentAt }: PendingWrite): ProviderError {
  const waitMs = Math.min(SETTLED_AFTER_MS, sentAt + SETTLED_AFTER_MS - clock());
  return unknownOutcome(provider, { retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)) });
}
