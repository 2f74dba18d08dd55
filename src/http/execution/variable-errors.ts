import { GraphQLError, getVariableValues } from 'graphql';
import { schema } from '../../graphql/schema.ts';
import type { OperationFacts } from './operation-facts.ts';

/** In bytes of the request. */
const LARGE_REQUEST = 10_000;
const MAX_ERRORS = 5;

/**
 * Finds variables of the wrong type in large requests, and variables with unsafe names.
 *
 * An error quotes the value that is wrong, or the object around it. The executor reports up to 50 errors, and has no option
 * for fewer, so a large request would be multiplied. Large requests are therefore checked here first, with fewer errors.
 * @param requestBytes the size of the request; undefined if it is not known
 */
export function findVariableErrors(
  { operation, unsafeVariable }: OperationFacts,
  variables: Readonly<Record<string, unknown>>,
  requestBytes: number | undefined,
): readonly GraphQLError[] | undefined {
  const definitions = operation.variableDefinitions ?? [];
  if (definitions.length === 0) return undefined;
  if (unsafeVariable !== undefined) return [unsafeName(unsafeVariable)];
  if (requestBytes !== undefined && requestBytes <= LARGE_REQUEST) return undefined;
  return getVariableValues(schema, definitions, variables, { maxErrors: MAX_ERRORS }).errors;
}

/** graphql-js keeps variables in an ordinary object, so `__proto__` would replace its prototype and bypass every type. */
function unsafeName(name: string): GraphQLError {
  return new GraphQLError(`A variable cannot have the name $${name}`, { extensions: { code: 'BAD_USER_INPUT' } });
}
