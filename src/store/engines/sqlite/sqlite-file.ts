import { stat } from 'node:fs/promises';
import Sqlite from 'better-sqlite3';
import { ensurePrivateFile, restrict } from '../private-file.ts';
import { migrateSqlite } from '../sqlite-migrations/migrate-sqlite.ts';
import { sqliteTroubleOf } from './sqlite-trouble.ts';

/** How long a write waits for the write lock of another process. */
export const BUSY_TIMEOUT_MS = 5000;

/**
 * Opens a store's file and runs the migrations. Creates the file and its folder if they are missing. Only the user of
 * this process can read the file.
 * @param warn gets a message if other users can still read it
 * @throws when the file cannot be opened or written, or was written by a newer version of the gateway
 */
export async function openSqliteFile(file: string, warn: (message: string) => void): Promise<Sqlite.Database> {
  try {
    ensurePrivateFile(file);
    const sqlite = new Sqlite(file, { timeout: BUSY_TIMEOUT_MS });
    try {
      // FULL: in WAL mode NORMAL does not sync a commit, and an acknowledged redemption could be lost with the power.
      for (const pragma of ['journal_mode = WAL', 'synchronous = FULL', 'foreign_keys = ON']) sqlite.pragma(pragma);
      // Only now: the pragmas have failed if the file is not a SQLite file.
      const exposure = restrict(file);
      if (exposure !== null) warn(exposure);
      await migrateSqlite(sqlite);
      return sqlite;
    } catch (error) {
      sqlite.close();
      throw error;
    }
  } catch (error) {
    const trouble = sqliteTroubleOf(error);
    throw trouble === null ? error : new Error(`the store ${file} cannot be used: ${trouble}`, { cause: error });
  }
}

/** Opens a connection that cannot write to a store's file, which is open already. */
export function openReadingConnection(file: string): Sqlite.Database {
  const sqlite = new Sqlite(file, { timeout: BUSY_TIMEOUT_MS, fileMustExist: true });
  sqlite.pragma('query_only = ON');
  return sqlite;
}

/** The size of a store's file and its write-ahead log, in bytes. */
export async function bytesOfFile(file: string): Promise<number> {
  const log = await stat(`${file}-wal`).catch(() => null);
  return (await stat(file)).size + (log?.size ?? 0);
}
