import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/**
 * Refuses a document that is too long before it is parsed: comments and white space are no tokens for `MAX_TOKENS`, but cost
 * as much. Trusted documents, which have no text in the request, are exempt.
 */
export function useDocumentLength(maxCharacters: number): Plugin {
  return {
    onParams({ params: { query } }) {
      if (typeof query !== 'string' || query.length <= maxCharacters) return;
      throw new GraphQLError(`The operation's text must have at most ${maxCharacters} characters`, {
        extensions: { code: 'DOCUMENT_TOO_LARGE', http: { status: 400 } },
      });
    },
  };
}
