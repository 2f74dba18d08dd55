import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** What a browser sends for a form of any page, without asking first whether it may. */
const SIMPLE = /^\s*(application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)\b/i;

/** A page elsewhere cannot set a header of its own without the browser asking first. */
const PREFLIGHTED = ['graphql-require-preflight', 'apollo-require-preflight', 'x-requested-with'];

/**
 * Refuses writes that any web page could make a visitor's browser send: a `POST` as forms are sent. (A `GET` changes
 * nothing, and what it answers no other page can read.)
 */
export function useCsrfPrevention(): Plugin {
  return {
    onRequestParse({ request }) {
      if (request.method !== 'POST') return;
      const type = request.headers.get('content-type');
      if (type !== null && !SIMPLE.test(type)) return;
      if (PREFLIGHTED.some((header) => request.headers.has(header))) return;
      throw new GraphQLError(`Send application/json, or the header ${PREFLIGHTED[0]}`, {
        extensions: { code: 'CSRF_PREVENTED', http: { status: 403 } },
      });
    },
  };
}
