import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** The sentence that graphql-js appends to a message to suggest other names. */
const SUGGESTION = / Did you mean .*$/s;

/** Removes suggestions from errors. With introspection off, they would reveal the schema name by name. */
export function useNoSuggestions(): Plugin {
  return {
    onResultProcess({ result, setResult }) {
      if (!('errors' in result) || !result.errors?.some(hasSuggestion)) return;
      const errors = result.errors.map((error) => (hasSuggestion(error) ? withoutSuggestion(error) : error));
      setResult({ ...result, errors });
    },
  };
}

function hasSuggestion({ message }: GraphQLError): boolean {
  return SUGGESTION.test(message);
}

function withoutSuggestion({ message, nodes, source, positions, path, extensions }: GraphQLError): GraphQLError {
  return new GraphQLError(message.replace(SUGGESTION, ''), { nodes, source, positions, path, extensions });
}
