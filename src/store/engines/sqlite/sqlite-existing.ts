import { existsSync } from 'node:fs';
import Sqlite from 'better-sqlite3';

/**
 * Opens a store's file for reading alone. Changes nothing: neither a missing file nor that of another program.
 * @throws when the file is not a store
 */
export function openExistingFile(file: string): Sqlite.Database {
  if (!existsSync(file)) throw new Error(`There is no store at ${file}`);
  const sqlite = new Sqlite(file, { readonly: true, fileMustExist: true });
  try {
    if (!hasPromotions(sqlite)) throw new Error('it has no promotions');
    return sqlite;
  } catch (error) {
    sqlite.close();
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`There is no store at ${file}: ${reason}`, { cause: error });
  }
}

/** Every version of a store has this table. */
function hasPromotions(sqlite: Sqlite.Database): boolean {
  const columns = sqlite.pragma('main.table_info(promotions)');
  return Array.isArray(columns) && columns.some(({ name }) => name === 'provider_id');
}
