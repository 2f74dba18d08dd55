import type { Collection } from '../server/documents.ts';

/** The documents of one kind that belong to one account. */
export interface OwnedDocuments<Document> {
  get(id: string): Document | undefined;
  /** Adds a document, or replaces the one with the same id. */
  put(document: Document): void;
  newestFirst(): Document[];
}

/** @param collection holds the documents of all accounts */
export function ownedDocuments<Document extends { account: string; id: string; created: number }>(
  collection: Collection<Document>,
  account: string,
): OwnedDocuments<Document> {
  const storageKey = (id: string) => `${account}/${id}`;
  return {
    get: (id) => collection.get(storageKey(id)),
    put: (document) => collection.put(storageKey(document.id), document),
    newestFirst: () =>
      collection
        .all()
        .filter((one) => one.account === account)
        .reverse()
        .sort((a, b) => b.created - a.created),
  };
}
