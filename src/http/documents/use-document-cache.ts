import type { Plugin } from 'graphql-yoga';
import type { DocumentCache } from './document-cache.ts';

/** Skips parsing and validation of cached documents. That is safe because the schema and the rules never change. */
export function useDocumentCache(cache: DocumentCache): Plugin {
  return {
    onParse({ params: { source }, setParsedDocument }) {
      const known = cache.get(source.toString());
      if (known) setParsedDocument(known);
    },
    onValidate({ params: { documentAST }, setResult }) {
      if (cache.isValid(documentAST)) {
        setResult([]);
        return;
      }
      return ({ valid }) => {
        if (valid) cache.offer(documentAST);
      };
    },
  };
}
