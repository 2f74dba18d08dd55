import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** In UTF-16 units. Names in a document, values and text that cannot be parsed are all repeated in messages. */
const LONGEST_MESSAGE = 500;

/** Cuts the messages of errors, so that no answer repeats what a caller sent, however long it is. */
export function useShortErrors(): Plugin {
  return {
    onResultProcess({ result, setResult }) {
      if (!('errors' in result) || !result.errors?.some(isLong)) return;
      setResult({ ...result, errors: result.errors.map((error) => (isLong(error) ? shortened(error) : error)) });
    },
  };
}

function isLong({ message }: GraphQLError): boolean {
  return message.length > LONGEST_MESSAGE;
}

function shortened({ message, nodes, path, extensions }: GraphQLError): GraphQLError {
  return new GraphQLError(`${message.slice(0, LONGEST_MESSAGE).toWellFormed()}…`, { nodes, path, extensions });
}
