import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** In UTF-16 units. Messages quote names, values and unparsable text of the request. */
const MAX_MESSAGE_LENGTH = 500;

/** Shortens error messages, so that a response cannot repeat a large request. */
export function useShortErrors(): Plugin {
  return {
    onResultProcess({ result, setResult }) {
      if (!('errors' in result) || !result.errors?.some(isLong)) return;
      setResult({ ...result, errors: result.errors.map((error) => (isLong(error) ? shortened(error) : error)) });
    },
  };
}

function isLong({ message }: GraphQLError): boolean {
  return message.length > MAX_MESSAGE_LENGTH;
}

function shortened({ message, nodes, path, extensions }: GraphQLError): GraphQLError {
  return new GraphQLError(`${message.slice(0, MAX_MESSAGE_LENGTH).toWellFormed()}…`, { nodes, path, extensions });
}
