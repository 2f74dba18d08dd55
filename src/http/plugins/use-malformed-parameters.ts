import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** Answers invalid JSON in the parameters of a URL or a form with 400. Yoga itself treats it as an unexpected error. */
export function useMalformedParameters(): Plugin {
  return {
    onRequestParse({ requestParser, setRequestParser }) {
      if (!requestParser) return;
      setRequestParser((request) => {
        try {
          const parameters = requestParser(request);
          return parameters instanceof Promise ? parameters.catch(rejectMalformed) : parameters;
        } catch (error) {
          return rejectMalformed(error);
        }
      });
    },
  };
}

function rejectMalformed(error: unknown): never {
  if (!(error instanceof SyntaxError)) throw error;
  throw new GraphQLError('The variables or extensions are not valid JSON', {
    extensions: { code: 'BAD_REQUEST', http: { status: 400 } },
  });
}
