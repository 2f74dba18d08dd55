import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** How graphql-js begins the last sentence of a message, which names what else there is. */
const SUGGESTION = / Did you mean .*$/s;

/** Leaves out the suggestions in errors: by them, the schema can be found out name by name where introspection is off. */
export function useNoSuggestions(): Plugin {
  return {
    onResultProcess({ result, setResult }) {
      if (!('errors' in result) || !result.errors?.some(suggests)) return;
      setResult({
        ...result,
        errors: result.errors.map((error) => (suggests(error) ? withoutSuggestion(error) : error)),
      });
    },
  };
}

function suggests({ message }: GraphQLError): boolean {
  return SUGGESTION.test(message);
}

function withoutSuggestion({ message, nodes, source, positions, path, extensions }: GraphQLError): GraphQLError {
  return new GraphQLError(message.replace(SUGGESTION, ''), { nodes, source, positions, path, extensions });
}
