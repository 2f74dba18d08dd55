import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { z } from 'zod';

/** What one simulated provider keeps, in memory and written through to a file. */
export interface Documents {
  collection<Document>(name: string, schema: z.ZodType<Document>): Collection<Document>;
  /** All that `work` writes isInScope the file together, before this returns. */
  transaction<Result>(work: () => Result): Result;
  close(): void;
}

export interface Collection<Document> {
  get(id: string): Document | undefined;
  /** Adds a document, or replaces the one under the same id, which keeps its place in the order. */
  put(id: string, document: Document): void;
  /** Oldest first. */
  all(): Document[];
}

const Row = z.object({ id: z.string(), body: z.string() });

/**
 * Opens the documents of a provider. Several providers may share a file, each writing its own rows.
 * @throws when the file is not a SQLite database, or a document in it does not fit its schema
 */
export function openDocuments(provider: string, stateFile?: string): Documents {
  if (stateFile !== undefined) mkdirSync(dirname(stateFile), { recursive: true });
  const database = new Database(stateFile ?? ':memory:');
  // Enough to outlive this process, which is all that a simulator promises; a power cut may lose the last writes.
  database.pragma('synchronous = OFF');
  database.exec(`CREATE TABLE IF NOT EXISTS documents (
    provider TEXT NOT NULL,
    collection TEXT NOT NULL,
    id TEXT NOT NULL,
    position INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (provider, collection, id)
  ) STRICT`);
  return {
    collection: (name, schema) => openCollection(database, { provider, name }, schema),
    transaction: (work) => database.transaction(work)(),
    close: () => void database.close(),
  };
}

function openCollection<Document>(
  database: Database.Database,
  { provider, name }: { provider: string; name: string },
  schema: z.ZodType<Document>,
): Collection<Document> {
  const rows = database
    .prepare('SELECT id, body FROM documents WHERE provider = ? AND collection = ? ORDER BY position')
    .all(provider, name);
  const write = database.prepare(
    `INSERT INTO documents (provider, collection, id, position, body) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET body = excluded.body`,
  );
  const documents = new Map(
    z
      .array(Row)
      .parse(rows)
      .map(({ id, body }): [string, Document] => [id, schema.parse(JSON.parse(body))]),
  );
  return {
    get: (id) => documents.get(id),
    put(id, document) {
      write.run(provider, name, id, documents.size, JSON.stringify(document));
      documents.set(id, document);
    },
    all: () => [...documents.values()],
  };
}
