import { sendNodeResponse } from '@whatwg-node/server';
import type { YogaServerInstance } from 'graphql-yoga';
import type { RequestContext } from '../../graphql/context.ts';
import type { RequestFacts } from '../request-facts.ts';
import type { Route } from './route-table.ts';

/** GraphQL and GraphiQL. Yoga's own listener would answer what it did not expect with a stack. */
export function graphqlRoute(yoga: YogaServerInstance<RequestFacts, RequestContext>): Route {
  return {
    methods: ['GET', 'POST', 'OPTIONS'],
    handle: async (req, res) => {
      const answer = await yoga.handleNodeRequestAndResponse(req, res, { req, res });
      await sendNodeResponse(answer, res, req, true);
    },
  };
}
