import type { Plugin } from 'graphql-yoga';
import type { Authentication } from '../../auth/authentication.ts';
import type { Caller } from '../../auth/caller.ts';
import type { RequestContext } from '../../graphql/context.ts';
import type { ClientAddresses } from '../admission/client-address.ts';
import type { RequestFacts } from '../request-facts.ts';

/** Identifies the caller before the body is read. Unknown credentials get 401. */
export function useAuthentication(
  authentication: Authentication,
  addresses: ClientAddresses,
): Plugin<RequestContext, RequestFacts> {
  return {
    onRequestParse({ serverContext }) {
      const { req } = serverContext;
      if (serverContext.sender) return;
      const setSender = (caller: Caller) => {
        serverContext.sender = { caller, address: addresses.of(req, caller) };
      };
      const caller = authentication.identify(req.headers.authorization);
      // Only a token is verified asynchronously.
      return caller instanceof Promise ? caller.then(setSender) : setSender(caller);
    },
  };
}
