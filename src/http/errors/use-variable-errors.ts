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
  if (!isLarge(values)) return undefined;
  return getVariableValues(schema, definitions, values, { maxErrors: MOST_ERRORS }).errors;
}

/** Whether the texts, keys and entries in a JSON value come to more. However deep it is: nothing here calls itself. */
function isLarge(value: unknown): boolean {
  let size = 0;
  const left = [value];
  while (left.length > 0 && size <= LARGE) {
    const one = left.pop();
    size += typeof one === 'string' ? one.length : 1;
    if (Array.isArray(one)) {
      if (one.length > LARGE) return true;
      left.push(...one);
    } else if (typeof one === 'object' && one !== null) {
      for (const [key, entry] of Object.entries(one)) {
        size += key.length;
        left.push(entry);
      }
    }
  }
  return size > LARGE;
}

/** graphql-js keeps variables in an ordinary object, so `__proto__` would set its prototype, past every type. */
function badName(name: string): GraphQLError {
  return new GraphQLError(`A variable cannot have the name $${name}`, { extensions: { code: 'BAD_USER_INPUT' } });
}
