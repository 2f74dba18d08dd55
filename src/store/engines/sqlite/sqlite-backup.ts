import { closeSync, existsSync, fsyncSync, openSync, rmSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import { createPrivateFile } from '../private-file.ts';
import { openExistingFile } from './sqlite-existing.ts';

/**
 * Writes a consistent copy of a store to a new private file. Processes that have the store open can continue.
 * @throws when the store does not exist, the new file exists, or the copy is incomplete
 */
export function backUpFile(file: string, target: string): void {
  if (existsSync(target)) throw new Error(`${target} already exists`);
  const sqlite = openExistingFile(file);
  try {
    // SQLite writes into an existing empty file and keeps its permissions.
    createPrivateFile(target);
    copy(sqlite, target);
  } finally {
    sqlite.close();
  }
}

function copy(sqlite: Sqlite.Database, target: string): void {
  try {
    sqlite.prepare<[string]>('VACUUM INTO ?').run(target);
    check(target);
  } catch (error) {
    // An incomplete copy is worse than none.
    rmSync(target, { force: true });
    throw error;
  }
}

/** Syncs the copy to disk and checks its integrity. */
function check(target: string): void {
  const descriptor = openSync(target, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
  const copy = new Sqlite(target, { readonly: true });
  const found = copy.pragma('quick_check', { simple: true });
  copy.close();
  if (found !== 'ok') throw new Error(`The copy is incomplete: ${found}`);
}
