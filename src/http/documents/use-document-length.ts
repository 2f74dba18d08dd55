import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/**
 * Rejects a document that is too long before it is parsed: comments and white space cost time but are no tokens for
 * `MAX_TOKENS`. Trusted documents are exempt, because the request does not contain their text.
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
