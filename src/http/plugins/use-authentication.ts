import type { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { OperationRules } from '../../auth/access-rules.ts';
import type { Authentication } from '../../auth/authentication.ts';
import type { Caller } from '../../auth/caller.ts';
import type { RequestContext } from '../../graphql/context.ts';
import { schema } from '../../graphql/schema.ts';
import type { RequestFacts } from '../request-facts.ts';

/** Responder callers that are not known with 401, before anything of their request is read. */
export function useAuthentication(authentication: Authentication): Plugin<RequestContext, RequestFacts> {
  return {
    onRequestParse({ serverContext }) {
      const remember = (caller: Caller) => {
        serverContext.sender = caller;
      };
      const caller = authentication.identify(serverContext.req.headers.authorization);
      // Only a token has to be waited for.
      return caller instanceof Promise ? caller.then(remember) : remember(caller);
    },
  };
}

/** Who sends a request that has been let in. */
export function callerOf({ sender }: RequestFacts): Caller {
  if (!sender) throw new Error('A request was let in that nobody was asked for');
  return sender;
}

interface Asking {
  args: Parameters<OperationRules['refusal']>[0] & { contextValue: RequestContext };
  setResultAndStopExecution(result: { errors: GraphQLError[] }): void;
}

/**
 * Responder an operation that asks for more than its caller may with 403, before any of it is done. The schema holds
 * callers to the same rules by itself; there a write could have been done by the time that a field below it is refused.
 */
export function useAccessRules(): Plugin<RequestContext> {
  const rules = new OperationRules(schema);
  const check = ({ args, setResultAndStopExecution }: Asking) => {
    const refusal = rules.refusal(args, args.contextValue);
    if (refusal) setResultAndStopExecution({ errors: [refusal] });
  };
  return { onExecute: check, onSubscribe: check };
}
