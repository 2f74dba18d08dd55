import { GraphQLError } from 'graphql';
import { maskError } from 'graphql-yoga';
import { ProviderFailure } from '../../domain/provider/provider.ts';
import { failureMessage } from '../../graphql/shared/messages.ts';
import { troubleOf } from '../../store/sqlite/trouble.ts';
import { UNEXPECTED } from '../responses/responder.ts';

/**
 * Gives what a client may know of an error: what the schema means to say, a provider's failure in our words, no bug.
 * @param logError gets what the client does not
 */
export function masking(logError: (message: string, details: unknown) => void): (error: unknown) => Error {
  return (error) => {
    const cause = error instanceof GraphQLError ? error.originalError : error;
    if (cause instanceof ProviderFailure) {
      logError(cause.message, { provider: cause.provider, kind: cause.kind });
      return withPlace(error, failureMessage(cause.provider, cause.kind), {
        code: 'PROVIDER_ERROR',
        provider: cause.provider,
        kind: cause.kind,
        retryable: cause.retryable,
        retryAfterSeconds: cause.retryAfterSeconds ?? null,
      });
    }
    const trouble = troubleOf(cause);
    if (trouble) {
      logError(`The store failed: ${trouble}`, { code: cause instanceof Error && 'code' in cause ? cause.code : '' });
      return withPlace(error, 'The gateway cannot do this right now', { code: 'UNAVAILABLE', retryable: true });
    }
    const masked = maskError(error, UNEXPECTED, false);
    if (masked !== error) logError('A bug was masked', cause instanceof Error ? cause.stack : cause);
    return masked;
  };
}

/** An error at the place in the answer where another one was. */
function withPlace(error: unknown, message: string, extensions: Record<string, unknown>): GraphQLError {
  const place = error instanceof GraphQLError ? { nodes: error.nodes, path: error.path } : {};
  return new GraphQLError(message, { ...place, extensions });
}
