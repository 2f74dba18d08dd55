import { GraphQLError } from 'graphql';

/** In UTF-16 units. Messages quote names, values and unparsable text of the request. */
const MAX_MESSAGE_LENGTH = 500;

/** The sentence that graphql-js appends to a message to suggest other names. */
const SUGGESTION = / Did you mean .*$/s;

/**
 * The errors of a response as clients see them: with short messages, so that a response cannot repeat a large request.
 * @param hasSuggestions whether they may suggest names of the schema; with introspection off, that would reveal it name by
 *   name
 * @returns the same array if nothing is to change
 */
export function shownErrors(errors: readonly GraphQLError[], hasSuggestions: boolean): readonly GraphQLError[] {
  const plain = hasSuggestions || !errors.some(hasSuggestion) ? errors : errors.map(withoutSuggestion);
  return plain.some(isLong) ? plain.map(shortened) : plain;
}

function hasSuggestion({ message }: GraphQLError): boolean {
  return SUGGESTION.test(message);
}

function withoutSuggestion(error: GraphQLError): GraphQLError {
  if (!hasSuggestion(error)) return error;
  const { message, nodes, source, positions, path, extensions } = error;
  return new GraphQLError(message.replace(SUGGESTION, ''), { nodes, source, positions, path, extensions });
}

function isLong({ message }: GraphQLError): boolean {
  return message.length > MAX_MESSAGE_LENGTH;
}

function shortened(error: GraphQLError): GraphQLError {
  if (!isLong(error)) return error;
  const { message, nodes, path, extensions } = error;
  return new GraphQLError(`${message.slice(0, MAX_MESSAGE_LENGTH).toWellFormed()}…`, { nodes, path, extensions });
}
