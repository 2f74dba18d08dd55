import { GraphQLError } from 'graphql';
import { z } from 'zod';
import { errorResponse, type PlainResponse } from './responder.ts';

const extensions = z.object({
  code: z.string(),
  http: z.object({ status: z.number(), headers: z.record(z.string(), z.string()).optional() }),
});

/**
 * The response to a request without an operation that ended with an expected error.
 * @throws the error itself if it is a bug
 */
export function plainError(error: unknown): PlainResponse {
  const parsed = extensions.safeParse(error instanceof GraphQLError ? error.extensions : null);
  if (!(error instanceof GraphQLError) || !parsed.success) throw error;
  const { code, http } = parsed.data;
  return errorResponse(http.status, code, error.message, http.headers);
}
