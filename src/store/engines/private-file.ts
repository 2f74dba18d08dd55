import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { sandboxStateFiles } from './sqlite/store-file.ts';

const OWNER_ONLY = 0o600;
const OWNER_ONLY_FOLDER = 0o700;
/** The permissions of the group and of others. */
const OTHERS = 0o077;
/** The file and SQLite's files beside it, by suffix. SQLite creates them with the permissions of the file. */
const SUFFIXES = ['', '-wal', '-shm', '-journal'];

/**
 * Creates an empty file that only the user of this process can read or write, for any umask.
 * @throws when the file exists or cannot be created
 */
export function createPrivateFile(file: string): void {
  try {
    closeSync(openSync(file, 'ax', OWNER_ONLY));
  } catch (error) {
    if (existsSync(dirname(file))) throw error;
    throw new Error(`the folder ${dirname(file)} does not exist`, { cause: error });
  }
}

/**
 * Creates a private file, and private folders for missing ones above it. Does not change existing files and folders.
 * Ignores errors: opening the file then reports them.
 */
export function ensurePrivateFile(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: OWNER_ONLY_FOLDER });
    createPrivateFile(file);
  } catch {}
}

/**
 * Removes the permissions of the group and of others from a SQLite file and the files beside it, because earlier
 * versions left them readable. Also from their folder, unless it contains other files, which others may need.
 * @returns a message for the log if others can still read a file; null: nobody can
 */
export function restrict(file: string): string | null {
  // SQLite creates its files beside the target of a symbolic link.
  const real = realpathSync(file);
  const open = SUFFIXES.map((suffix) => real + suffix).filter((path) => isOpenToOthers(path) && !makePrivate(path));
  const folder = dirname(real);
  if (hasOnlyStores(folder, real) && isOpenToOthers(folder)) makePrivate(folder, OWNER_ONLY_FOLDER);
  if (open.length === 0) return null;
  return `Other users can read ${open.join(', ')}, and this process cannot change that: it is not the owner. Run chmod 600 as the owner.`;
}

function hasOnlyStores(folder: string, file: string): boolean {
  const own = [file, ...sandboxStateFiles(file)].flatMap((path) => SUFFIXES.map((suffix) => basename(path) + suffix));
  try {
    return readdirSync(folder).every((name) => own.includes(name));
  } catch {
    return false;
  }
}

function isOpenToOthers(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && (stats.mode & OTHERS) !== 0;
}

function makePrivate(path: string, mode = OWNER_ONLY): boolean {
  try {
    chmodSync(path, mode);
    return true;
  } catch {
    // Another process may have removed the file in the meantime.
    return !isOpenToOthers(path);
  }
}
