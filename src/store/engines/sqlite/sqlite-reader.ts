import { existsSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import type { StoreReader } from '../engine.ts';
import { SqliteConnection } from './sqlite-connection.ts';
import { sqliteDialect } from './sqlite-dialect.ts';
import { openExistingFile } from './sqlite-existing.ts';
import { BUSY_TIMEOUT_MS } from './sqlite-file.ts';
import { SqliteTransactions } from './sqlite-transactions.ts';

/**
 * Opens a store's file for reading alone, without migrations, beside the gateways that use it.
 * @throws when the file is not a store
 */
export function openSqliteReader(file: string): StoreReader {
  const sqlite = openExistingFile(file);
  const snapshots = new SqliteTransactions(new SqliteConnection(sqlite), {
    begin: 'BEGIN DEFERRED',
    onError: () => {},
  });
  return {
    dialect: sqliteDialect,
    snapshot: async (work) => {
      nameColumns(sqlite);
      return snapshots.run(BUSY_TIMEOUT_MS, work);
    },
    close: async () => {
      sqlite.close();
    },
  };
}

/**
 * Gives the columns of a file that no gateway has opened since migration 0016 their present names: there, the ledger has a
 * "ledger_key". A temporary view goes before a table of the file.
 */
function nameColumns(sqlite: Sqlite.Database): void {
  const names = sqlite.pragma('main.table_info(redemptions)');
  const isOld = Array.isArray(names) && names.some(({ name }) => name === 'ledger_key');
  if (!isOld) return;
  sqlite.exec('CREATE TEMP VIEW IF NOT EXISTS redemptions AS SELECT *, ledger_key AS ledger_id FROM main.redemptions');
}

/** Whether a connection of any process has a file open and has read it. Only the last one could lock it exclusively. */
export function isSqliteInUse(file: string): boolean {
  if (!existsSync(file)) return false;
  const sqlite = new Sqlite(file, { fileMustExist: true, timeout: 0 });
  try {
    sqlite.pragma('locking_mode = EXCLUSIVE');
    sqlite.exec('BEGIN IMMEDIATE; ROLLBACK');
    return false;
  } catch (error) {
    if (error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY')) return true;
    throw error;
  } finally {
    sqlite.close();
  }
}
