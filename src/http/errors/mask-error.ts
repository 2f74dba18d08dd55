import { GraphQLError } from 'graphql';
import { maskError } from 'graphql-yoga';
import { ProviderError } from '../../domain/provider/provider-error.ts';
import { storeFailureOf } from '../../gateway/core/store-failure.ts';
import { failureMessage } from '../../graphql/shared/messages.ts';
import { UNEXPECTED_ERROR } from '../responses/responder.ts';

/**
 * Creates a function that turns any error into one that is safe to show: intended errors stay as they are, provider and
 * store failures get our own words, and bugs become "Unexpected error.".
 * @param logError receives what the client does not see, except provider failures: the log has them with the calls
 */
export function errorMask(logError: (message: string, details: unknown) => void): (error: unknown) => Error {
  return (error) => {
    const cause = error instanceof GraphQLError ? error.originalError : error;
    if (cause instanceof ProviderError) {
      return replaceError(error, failureMessage(cause.provider, cause.kind), {
        code: 'PROVIDER_ERROR',
        provider: cause.provider,
        kind: cause.kind,
        retryable: cause.retryable,
        retryAfterSeconds: cause.retryAfterSeconds ?? null,
      });
    }
    const storeFailure = storeFailureOf(cause);
    if (storeFailure) {
      logError(`The store failed: ${storeFailure.reason}`, { code: storeFailure.code });
      return replaceError(error, 'The gateway cannot do this right now', { code: 'UNAVAILABLE', retryable: true });
    }
    const masked = maskError(error, UNEXPECTED_ERROR, false);
    if (masked !== error) logError('A bug was masked', cause instanceof Error ? cause.stack : cause);
    return masked;
  };
}

/** A new error at the same place of the result. */
function replaceError(error: unknown, message: string, extensions: Record<string, unknown>): GraphQLError {
  const place = error instanceof GraphQLError ? { nodes: error.nodes, path: error.path } : {};
  return new GraphQLError(message, { ...place, extensions });
}
