import { type ExecutionResult, GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { EventFormat } from '../../graphql/subscriptions/shared-subscriptions.ts';

/** A line that clients skip: the first one makes a browser take the answer, the others keep the connection open. */
export const PING = Buffer.from(':\n\n');

const COMPLETE = 'event: complete\ndata:\n\n';

/** The last bytes of a stream from which events are missing. */
export const EVENTS_LOST = failure(
  new GraphQLError(
    'Events were lost, because they came faster than they could be delivered or read: subscribe again and read what you need',
    { extensions: { code: 'EVENTS_LOST', retryable: true } },
  ),
);

/**
 * Writes results as server-sent events of the graphql-sse protocol.
 * @param mask what a client may know of an error
 */
export function eventFormat(mask: (error: unknown) => Error): EventFormat {
  return {
    event: ({ errors, ...result }) =>
      next(errors ? { ...result, errors: errors.map((error) => shown(mask(error))) } : result),
    last: {
      complete: Buffer.from(COMPLETE),
      eventsLost: EVENTS_LOST,
      failed: (error) => failure(mask(error)),
    },
  };
}

function failure(error: Error): Uint8Array {
  return Buffer.concat([next({ errors: [shown(error)] }), Buffer.from(COMPLETE)]);
}

function next(result: Omit<ExecutionResult, 'errors'> & { errors?: GraphQLFormattedError[] }): Uint8Array {
  return Buffer.from(`event: next\ndata: ${JSON.stringify(result)}\n\n`);
}

/** Without what is internal: the status of an answer, and whether the error was expected. */
function shown(error: Error): GraphQLFormattedError {
  if (!(error instanceof GraphQLError)) return { message: error.message };
  const { extensions = {}, ...rest } = error.toJSON();
  const { http, unexpected, ...shownExtensions } = extensions;
  return Object.keys(shownExtensions).length > 0 ? { ...rest, extensions: shownExtensions } : rest;
}
