import { hash } from 'node:crypto';
import type { DocumentNode, Token } from 'graphql';
import { LRUCache } from 'lru-cache';

/**
 * The memory of a parsed document, measured on documents of all shapes: at most 500 bytes for each token with its node and
 * locations (a comment takes 100), plus the text twice.
 */
const BYTES_PER_TOKEN = 500;
const BYTES_PER_CHARACTER = 4;

/** The largest share of the cache that one document may take. */
const MAX_SHARE = 1 / 8;

/** The number of documents that were seen once; only their hashes are kept. */
const MAX_SEEN_ONCE = 4096;

/**
 * Caches parsed, valid documents by their text, up to a number of bytes. A document is cached when it is seen for the second
 * time, so that documents sent once do not evict those in use. Invalid documents are not cached.
 */
export class DocumentCache {
  readonly #documents: LRUCache<string, DocumentNode>;
  readonly #seenOnce = new LRUCache<string, true>({ max: MAX_SEEN_ONCE });
  readonly #valid = new WeakSet<DocumentNode>();

  /** @param maxBytes the memory that the documents may take, as estimated by {@link sizeOf} */
  constructor(maxBytes: number) {
    const maxEntrySize = Math.ceil(maxBytes * MAX_SHARE);
    this.#documents = new LRUCache({ maxSize: maxBytes, maxEntrySize, sizeCalculation: sizeOf });
  }

  /** The estimated memory of the cached documents, in bytes. */
  get bytes(): number {
    return this.#documents.calculatedSize;
  }

  get count(): number {
    return this.#documents.size;
  }

  get(text: string): DocumentNode | undefined {
    return this.#documents.get(text);
  }

  /** True for a document that came from this cache and so has been validated. */
  isValid(document: DocumentNode): boolean {
    return this.#valid.has(document);
  }

  /** Caches a valid document if its text is seen for the second time. */
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

/** Estimates a document's memory in bytes. Comments count, because a document keeps their tokens. */
function sizeOf(document: DocumentNode, text: string): number {
  let tokens = 0;
  for (let token: Token | null | undefined = document.loc?.startToken; token; token = token.next) tokens += 1;
  return tokens * BYTES_PER_TOKEN + text.length * BYTES_PER_CHARACTER;
}
