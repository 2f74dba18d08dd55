import type { ProviderName } from '../../domain/promotion/promotion.ts';
import { ProviderError } from '../../domain/provider/provider-error.ts';

/** The failure of a call whose first try may have had its effect. */
export function unknownOutcome(
  provider: ProviderName,
  details: { retryAfterSeconds?: number; cause?: unknown } = {},
): ProviderError {
  return new ProviderError(provider, 'TIMED_OUT', 'the outcome of the first call is not known', {
    unchanged: false,
    ...details,
  });
}

/**
 * The failure of a later try, or of a search for the first one's effect. Even a refusal does not show what the first
 * did.
 */
export function inDoubt(failure: ProviderError): ProviderError {
  const { provider, kind, message, retryAfterSeconds, cause } = failure;
  if (kind === 'REJECTED') return unknownOutcome(provider, { cause: failure });
  return new ProviderError(provider, kind, message, { unchanged: false, retryAfterSeconds, cause });
}
