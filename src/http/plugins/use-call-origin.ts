import { getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { CallOrigins, runFor } from '../../domain/provider/call-origin.ts';
import type { RequestContext } from '../../graphql/context.ts';

/** All customer tokens share one place in the queue, because anybody can sign up for one. No caller has this name. */
const BROWSERS = 'browsers';

/** Attributes the provider calls of an operation to its caller. Calls of mutations are urgent, all others are reads. */
export function useCallOrigin(): Plugin<RequestContext> {
  return {
    onExecute({ args, executeFn, setExecuteFn }) {
      const isWrite = getOperationAST(args.document, args.operationName)?.operation === 'mutation';
      const { caller, redeemer } = args.contextValue;
      const urgency = isWrite ? 'WRITE' : 'READ';
      const origins = new CallOrigins([{ caller, urgency, ...(redeemer.isServer ? {} : { group: BROWSERS }) }]);
      setExecuteFn((executionArgs) => runFor(origins, () => executeFn(executionArgs)));
    },
  };
}
