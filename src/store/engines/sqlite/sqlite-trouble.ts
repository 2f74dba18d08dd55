import Sqlite from 'better-sqlite3';

/** Messages for operators, by the beginning of SQLite's result code (sqlite.org/rescode.html). */
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
 * A short description of a problem with the file or its disk; null for any other error. A wrong query or a violated
 * constraint is a bug in the gateway.
 */
export function sqliteTroubleOf(error: unknown): string | null {
  if (!(error instanceof Sqlite.SqliteError)) return null;
  const [, meaning] = Object.entries(MEANINGS).find(([code]) => error.code.startsWith(code)) ?? [];
  return meaning ?? null;
}
