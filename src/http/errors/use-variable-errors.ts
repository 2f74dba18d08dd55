import { type DocumentNode, GraphQLError, getOperationAST, getVariableValues } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { schema } from '../../graphql/schema.ts';
import type { RequestFacts } from '../request-facts.ts';

/** In bytes of the request. */
const LARGE_REQUEST = 10_000;
const MAX_ERRORS = 5;

interface ExecutionArgs {
  document: DocumentNode;
  operationName?: string | null | undefined;
  variableValues?: Record<string, unknown> | null | undefined;
  contextValue: RequestFacts;
}

/**
 * Rejects variables of the wrong type in large requests, and variables with unsafe names.
 *
 * An error quotes the value that is wrong, or the object around it. The executor reports up to 50 errors, and has no option
 * for fewer, so a large request would be multiplied. Large requests are therefore checked here first, with fewer errors.
 */
export function useVariableErrors(): Plugin<RequestFacts> {
  return {
    onExecute({ args, setResultAndStopExecution }) {
      const errors = findErrors(args);
      // As the executor answers them in a small request.
      if (errors) setResultAndStopExecution({ errors, extensions: { http: { status: 400 } } });
    },
    onSubscribe({ args, setResultAndStopExecution }) {
      const errors = findErrors(args);
      if (errors) setResultAndStopExecution({ errors });
    },
  };
}

function findErrors(args: ExecutionArgs): readonly GraphQLError[] | undefined {
  const definitions = getOperationAST(args.document, args.operationName)?.variableDefinitions ?? [];
  if (definitions.length === 0) return undefined;
  const unsafe = definitions.find(({ variable }) => variable.name.value in {});
  if (unsafe) return [unsafeName(unsafe.variable.name.value)];
  const { admission } = args.contextValue;
  if (admission && admission.bytes <= LARGE_REQUEST) return undefined;
  return getVariableValues(schema, definitions, args.variableValues ?? {}, { maxErrors: MAX_ERRORS }).errors;
}

/** graphql-js keeps variables in an ordinary object, so `__proto__` would replace its prototype and bypass every type. */
function unsafeName(name: string): GraphQLError {
  return new GraphQLError(`A variable cannot have the name $${name}`, { extensions: { code: 'BAD_USER_INPUT' } });
}
