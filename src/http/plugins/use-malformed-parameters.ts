import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** Responder parameters of an address or a form that are no JSON with 400; Yoga itself takes them for a bug. */
export function useMalformedParameters(): Plugin {
  return {
    onRequestParse({ requestParser, setRequestParser }) {
      if (!requestParser) return;
      setRequestParser((request) => {
        try {
          const parameters = requestParser(request);
          return parameters instanceof Promise ? parameters.catch(refuse) : parameters;
        } catch (error) {
          return refuse(error);
        }
      });
    },
  };
}

function refuse(error: unknown): never {
  if (!(error instanceof SyntaxError)) throw error;
  throw new GraphQLError('The variables or extensions are no JSON', {
    extensions: { code: 'BAD_REQUEST', http: { status: 400 } },
  });
}
