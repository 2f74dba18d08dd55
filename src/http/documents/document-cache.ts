import { hash } from 'node:crypto';
import type { DocumentNode, Token } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { LRUCache } from 'lru-cache';

/**
 * What a parsed document takes in memory, as measured on documents of all shapes: at most 500 bytes for each token, with
 * its node and their locations (a comment takes 100), and the text itself twice.
 */
const BYTES_PER_TOKEN = 500;
const BYTES_PER_CHARACTER = 4;

/** No document takes more than this share of the cache. */
const LARGEST_SHARE = 1 / 8;

/** How many documents are remembered by their hash alone until they are seen again. */
const MOST_SEEN_ONCE = 4096;

/**
 * Parsed documents that are known to be valid, by their text. Bounded by the bytes that they take, and a document is kept
 * only when it is seen a second time, so that documents sent once do not push out the ones in use. Parse errors and
 * invalid documents are not kept.
 */
export class DocumentCache {
  readonly #documents: LRUCache<string, DocumentNode>;
  readonly #seenOnce = new LRUCache<string, true>({ max: MOST_SEEN_ONCE });
  readonly #valid = new WeakSet<DocumentNode>();

  /** @param maxBytes how much the documents may take, as estimated by {@link sizeOf} */
  constructor(maxBytes: number) {
    const maxEntrySize = Math.ceil(maxBytes * LARGEST_SHARE);
    this.#documents = new LRUCache({ maxSize: maxBytes, maxEntrySize, sizeCalculation: sizeOf });
  }

  /** What the documents take now, in bytes. */
  get bytes(): number {
    return this.#documents.calculatedSize;
  }

  get count(): number {
    return this.#documents.size;
  }

  get(text: string): DocumentNode | undefined {
    return this.#documents.get(text);
  }

  /** Whether the document came from here: it has been validated. */
  isValid(document: DocumentNode): boolean {
    return this.#valid.has(document);
  }

  /** Takes a valid document in when its text is seen for the second time. */
  offer(document: DocumentNode): void {
    if (!document.loc) return;
    const text = document.loc.source.body;
    const digest = hash('sha256', text, 'base64url');
    if (!this.#seenOnce.delete(digest)) {
      this.#seenOnce.set(digest, true);
      return;
    }
    this.#valid.add(document);
    this.#documents.set(text, document);
  }
}

/** An estimate, in bytes. Comments count: a document keeps the tokens of its comments too. */
function sizeOf(document: DocumentNode, text: string): number {
  let tokens = 0;
  for (let token: Token | null | undefined = document.loc?.startToken; token; token = token.next) tokens += 1;
  return tokens * BYTES_PER_TOKEN + text.length * BYTES_PER_CHARACTER;
}

/** Parses and validates a document that is in the cache no second time. Schema and validation rules never change. */
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
