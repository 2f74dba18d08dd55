import { type ExecutionResult, GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { EventFormat } from '../../graphql/subscriptions/shared-subscriptions.ts';

/** A comment that clients ignore. The first one opens the stream in a browser, the others keep the connection alive. */
export const PING = Buffer.from(':\n\n');

const COMPLETE = 'event: complete\ndata:\n\n';

/** The end of a stream that has lost events. */
export const EVENTS_LOST = failure(
  new GraphQLError(
    'Events were lost, because they came faster than they could be delivered or read: subscribe again and read what you need',
    { extensions: { code: 'EVENTS_LOST', retryable: true } },
  ),
);

/**
 * Formats results as server-sent events of the graphql-sse protocol.
 * @param maskError makes an error safe to show
 */
export function eventFormat(maskError: (error: unknown) => Error): EventFormat {
  return {
    event: ({ errors, ...result }) =>
      next(errors ? { ...result, errors: errors.map((error) => formatError(maskError(error))) } : result),
    last: {
      complete: Buffer.from(COMPLETE),
      eventsLost: EVENTS_LOST,
      failed: (error) => failure(maskError(error)),
    },
  };
}

function failure(error: Error): Uint8Array {
  return Buffer.concat([next({ errors: [formatError(error)] }), Buffer.from(COMPLETE)]);
}

function next(result: Omit<ExecutionResult, 'errors'> & { errors?: GraphQLFormattedError[] }): Uint8Array {
  return Buffer.from(`event: next\ndata: ${JSON.stringify(result)}\n\n`);
}

/** An error as clients see it, without its internal extensions (the HTTP status, and whether it was expected). */
function formatError(error: Error): GraphQLFormattedError {
  if (!(error instanceof GraphQLError)) return { message: error.message };
  const { extensions = {}, ...rest } = error.toJSON();
  const { http, unexpected, ...publicExtensions } = extensions;
  return Object.keys(publicExtensions).length > 0 ? { ...rest, extensions: publicExtensions } : rest;
}
