import { type DocumentNode, GraphQLError, getOperationAST, getVariableValues } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { schema } from '../../graphql/schema.ts';

/**
 * An error repeats the value that it is about, or the object around it. The executor makes up to 50 of them, which
 * multiplies what a caller sends. So variables with more text than this are judged here first, and fewer errors made.
 */
const LARGE = 10_000;
const MOST_ERRORS = 5;

interface Asked {
  document: DocumentNode;
  operationName?: string | null | undefined;
  variableValues?: Record<string, unknown> | null | undefined;
}

/** Refuses large variables of wrong types, and variables whose names would reach what every object inherits. */
export function useVariableErrors(): Plugin {
  return {
    onExecute({ args, setExecuteFn }) {
      const errors = errorsOf(args);
      if (errors) setExecuteFn(() => ({ errors }));
    },
    onSubscribe({ args, setSubscribeFn }) {
      const errors = errorsOf(args);
      if (errors) setSubscribeFn(() => ({ errors }));
    },
  };
}

function errorsOf({ document, operationName, variableValues }: Asked): readonly GraphQLError[] | undefined {
  const definitions = getOperationAST(document, operationName)?.variableDefinitions ?? [];
  if (definitions.length === 0) return undefined;
  const misnamed = definitions.find(({ variable }) => variable.name.value in {});
  if (misnamed) return [badName(misnamed.variable.name.value)];
  const values = variableValues ?? {};
  if (JSON.stringify(values).length <= LARGE) return undefined;
  return getVariableValues(schema, definitions, values, { maxErrors: MOST_ERRORS }).errors;
}

/** graphql-js keeps variables in an ordinary object, so `__proto__` would set its prototype, past every type. */
function badName(name: string): GraphQLError {
  return new GraphQLError(`A variable cannot have the name $${name}`, { extensions: { code: 'BAD_USER_INPUT' } });
}
