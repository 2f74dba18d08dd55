import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** Answers parameters of an address or a form that are no JSON with 400; Yoga itself takes them for a bug. */
export function useMalformedParameters(): Plugin {
  return {
    onRequestParse({ requestParser, setRequestParser }) {
      if (!requestParser) return;
      setRequestParser(async (request) => {
        try {
          return await requestParser(request);
        } catch (error) {
          throw error instanceof SyntaxError ? malformed() : error;
        }
      });
    },
  };
}

function malformed(): GraphQLError {
  return new GraphQLError('The variables or extensions are no JSON', {
    extensions: { code: 'BAD_REQUEST', http: { status: 400 } },
  });
}
