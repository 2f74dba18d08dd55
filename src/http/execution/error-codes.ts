import { GraphQLError, Kind } from 'graphql';
import { ProviderError } from '../../domain/provider/provider-error.ts';
import { storeFailureOf } from '../../gateway/core/store-failure.ts';

/** Gives errors about variables the code of wrong input. graphql-js and the executor report them without a code. */
export function withErrorCodes(errors: readonly GraphQLError[]): readonly GraphQLError[] {
  return errors.some(isUncoded) ? errors.map(withCode) : errors;
}

/** An error of a request that was not executed names the declaration of a variable, one of an argument its use. */
const VARIABLES: readonly string[] = [Kind.VARIABLE_DEFINITION, Kind.VARIABLE];
/** The start of the error that ends a long list of them. It names nothing. */
const TOO_MANY = 'Too many errors processing variables';

function isUncoded({ message, nodes, extensions }: GraphQLError): boolean {
  if (extensions.code !== undefined) return false;
  return VARIABLES.includes(nodes?.[0]?.kind ?? '') || message.startsWith(TOO_MANY);
}

function withCode(error: GraphQLError): GraphQLError {
  if (!isUncoded(error)) return error;
  const { message, nodes, source, positions, path, originalError, extensions } = error;
  const coded = { ...extensions, code: 'BAD_USER_INPUT' };
  return new GraphQLError(message, { nodes, source, positions, path, originalError, extensions: coded });
}

/** The code of an error as the client sees it: an error that is not meant for clients gets its code only later. */
export function codeOf({ extensions, originalError }: GraphQLError): string {
  if (extensions.code !== undefined) return String(extensions.code);
  if (originalError instanceof ProviderError) return 'PROVIDER_ERROR';
  if (storeFailureOf(originalError)) return 'UNAVAILABLE';
  return originalError ? 'INTERNAL_SERVER_ERROR' : 'ERROR';
}
