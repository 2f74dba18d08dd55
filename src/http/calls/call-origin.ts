import { getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { RequestContext } from '../../graphql/context.ts';
import { CallOrigins, runFor } from '../../promo/calls/call-origin.ts';

/** Makes the calls to providers that an operation leads to calls of its caller: urgent for a mutation, else reads. */
export function useCallOrigin(): Plugin<RequestContext> {
  return {
    onExecute({ args, executeFn, setExecuteFn }) {
      const isWrite = getOperationAST(args.document, args.operationName)?.operation === 'mutation';
      const origins = new CallOrigins([{ caller: args.contextValue.caller, urgency: isWrite ? 'WRITE' : 'READ' }]);
      setExecuteFn((given) => runFor(origins, () => executeFn(given)));
    },
  };
}
