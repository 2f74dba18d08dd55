import { useCSRFPrevention } from '@graphql-yoga/plugin-csrf-prevention';
import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** A page of another origin cannot set these headers without a CORS preflight. */
const PREFLIGHTED_HEADERS = ['graphql-require-preflight', 'apollo-require-preflight', 'x-requested-with'];

/**
 * Rejects a POST in the format of an HTML form, which any web page can make a visitor's browser send. A GET stays allowed
 * without a header: it changes nothing, and pages of other origins cannot read the response.
 */
export function useCsrfPrevention(): Plugin {
  const library = useCSRFPrevention({ requestHeaders: PREFLIGHTED_HEADERS });
  return {
    onRequestParse(payload) {
      if (payload.request.method !== 'POST') return;
      try {
        return library.onRequestParse?.(payload);
      } catch {
        // The library's error has no code.
        throw new GraphQLError(`Send application/json, or the header ${PREFLIGHTED_HEADERS[0]}`, {
          extensions: { code: 'CSRF_PREVENTED', http: { status: 403 } },
        });
      }
    },
  };
}
