import Sqlite from 'better-sqlite3';

/** What SQLite's codes mean to whoever runs the gateway, by their beginning (sqlite.org/rescode.html). */
const MEANINGS: Record<string, string> = {
  SQLITE_FULL: 'there is no room left on its disk',
  SQLITE_READONLY: 'it may only be read',
  SQLITE_BUSY: 'another program keeps it locked',
  SQLITE_LOCKED: 'another program keeps it locked',
  SQLITE_CORRUPT: 'it is damaged: put a backup in its place',
  SQLITE_NOTADB: 'it is no SQLite file',
  SQLITE_CANTOPEN: 'it cannot be opened',
  SQLITE_IOERR: 'its disk cannot be read or written',
};

/**
 * What is the matter with the file or its disk, in a few words; null for an error that is not about them. A mistake in a
 * query, or a constraint that is not met, is a bug.
 */
export function troubleOf(error: unknown): string | null {
  if (!(error instanceof Sqlite.SqliteError)) return null;
  const [, meaning] = Object.entries(MEANINGS).find(([code]) => error.code.startsWith(code)) ?? [];
  return meaning ?? null;
}
