import { getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { CallOrigins, runFor } from '../../domain/provider/call-origin.ts';
import type { RequestContext } from '../../graphql/context.ts';

/** Anybody who signs up may get a token of their own. No caller has this name. */
const BROWSERS = 'browsers';

/** Makes the calls to providers that an operation leads to calls of its caller: urgent for a mutation, else reads. */
export function useCallOrigin(): Plugin<RequestContext> {
  return {
    onExecute({ args, executeFn, setExecuteFn }) {
      const isWrite = getOperationAST(args.document, args.operationName)?.operation === 'mutation';
      const { caller, who } = args.contextValue;
      const urgency = isWrite ? 'WRITE' : 'READ';
      const origins = new CallOrigins([{ caller, urgency, ...(who.isServer ? {} : { group: BROWSERS }) }]);
      setExecuteFn((given) => runFor(origins, () => executeFn(given)));
    },
  };
}
