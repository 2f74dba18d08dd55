import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { z } from 'zod';

/** The data of one simulated provider: in memory, and written through to a file. */
export interface Documents {
  /** Loads a collection. @throws {z.ZodError} if a stored document does not match the schema */
  collection<Document>(name: string, schema: z.ZodType<Document>): Collection<Document>;
  /** Writes everything that `work` puts to the file in one transaction, before it returns. */
  transaction<Result>(work: () => Result): Result;
  /** Closes the file. */
  close(): void;
}

/** Documents of one kind, by id. */
export interface Collection<Document> {
  get(id: string): Document | undefined;
  /** Adds a document, or replaces the one with the same id. A replaced document keeps its position. */
  put(id: string, document: Document): void;
  /** Oldest first. */
  all(): Document[];
}

const Row = z.object({ id: z.string(), body: z.string() });

/**
 * Opens the documents of a provider. Several providers may share a file.
 * @param stateFile absent: memory only
 * @throws if the file is not a SQLite database
 */
export function openDocuments(provider: string, stateFile?: string): Documents {
  if (stateFile !== undefined) mkdirSync(dirname(stateFile), { recursive: true });
  const database = new Database(stateFile ?? ':memory:');
  // The state must survive the process, but not a power cut.
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
