import { GraphQLError, type ParseOptions, parse, type Source } from 'graphql';

/**
 * Rejects a document that is too long before it is parsed: comments and white space cost time but are no tokens for
 * `MAX_TOKENS`. Trusted documents are exempt, because the request does not contain their text.
 * @param text as it was sent
 * @throws {GraphQLError} DOCUMENT_TOO_LARGE, answered with 400
 */
export function rejectLongDocument(text: unknown, maxCharacters: number): void {
  if (typeof text !== 'string' || text.length <= maxCharacters) return;
  throw new GraphQLError(`The operation's text must have at most ${maxCharacters} characters`, {
    extensions: { code: 'DOCUMENT_TOO_LARGE', http: { status: 400 } },
  });
}

/**
 * A parser that limits the tokens of a document with graphql-js's own option. Armor's max-tokens plugin does the same
 * through a Proxy around the lexer, and takes three to four times as long to parse a document.
 */
export function limitedParser(maxTokens: number): typeof parse {
  return (source: string | Source, options?: ParseOptions) => parse(source, { ...options, maxTokens });
}
