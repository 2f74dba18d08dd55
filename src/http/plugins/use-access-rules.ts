import type { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { type Operation, OperationAccess } from '../../auth/operation-access.ts';
import type { RequestContext } from '../../graphql/context.ts';
import { schema } from '../../graphql/schema.ts';

interface Execution {
  args: Operation & { contextValue: RequestContext };
  setResultAndStopExecution(result: { errors: GraphQLError[] }): void;
}

/**
 * Answers an operation with 403 if its caller lacks a scope, before any of it is executed. The schema enforces the same
 * rules field by field; there, a write could happen before a field below it is rejected.
 */
export function useAccessRules(): Plugin<RequestContext> {
  const access = new OperationAccess(schema);
  const check = ({ args, setResultAndStopExecution }: Execution) => {
    const error = access.check(args, args.contextValue);
    if (error) setResultAndStopExecution({ errors: [error] });
  };
  return { onExecute: check, onSubscribe: check };
}
