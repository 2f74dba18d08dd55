import { useCSRFPrevention } from '@graphql-yoga/plugin-csrf-prevention';
import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** What Yoga passes to a hook before it reads the parameters of an operation. */
type RequestParsing = Parameters<NonNullable<Plugin['onRequestParse']>>[0];

/** A page of another origin cannot set these headers without a CORS preflight. */
const PREFLIGHTED_HEADERS = ['graphql-require-preflight', 'apollo-require-preflight', 'x-requested-with'];

const prevention: Plugin = useCSRFPrevention({ requestHeaders: PREFLIGHTED_HEADERS });

/**
 * Rejects a POST in the format of an HTML form, which any web page can make a visitor's browser send. A GET stays allowed
 * without a header: it changes nothing, and pages of other origins cannot read the response.
 * @throws {GraphQLError} CSRF_PREVENTED, answered with 403
 */
export function rejectCrossSite(parsing: RequestParsing): void {
  if (parsing.request.method !== 'POST') return;
  try {
    prevention.onRequestParse?.(parsing);
  } catch {
    // The library's error has no code.
    throw new GraphQLError(`Send application/json, or the header ${PREFLIGHTED_HEADERS[0]}`, {
      extensions: { code: 'CSRF_PREVENTED', http: { status: 403 } },
    });
  }
}
