import { chmodSync, closeSync, mkdirSync, openSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';

const OWNER_ONLY = 0o600;
const OWNER_ONLY_FOLDER = 0o700;
/** What the group and everybody else may do. */
const OTHERS = 0o077;
/** What SQLite keeps beside a file; it makes them with the permissions of the file. */
const BESIDE = ['', '-wal', '-shm', '-journal'];

/** The state of the simulators, which lies beside the store. */
export const SANDBOX_STATE = 'sandbox.db';

/**
 * Makes an empty file that only the user of this process may read or write, whatever the umask.
 * @throws where it is there already, or cannot be made
 */
export function createPrivateFile(file: string): void {
  closeSync(openSync(file, 'ax', OWNER_ONLY));
}

/**
 * Creates such a file, and missing folders above it, which are private too; existing ones stay as they are. Does nothing
 * if that fails: opening the file then says why.
 */
export function ensurePrivateFile(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: OWNER_ONLY_FOLDER });
    createPrivateFile(file);
  } catch {}
}

/**
 * Takes the permissions of the group and of everybody else from a SQLite file, those beside it, and their folder where it
 * holds nothing else: earlier versions left them readable. A folder with other files in it may be meant for others.
 * @returns what keeps them readable, for the log; null: nothing
 */
export function restrict(file: string): string | null {
  // SQLite keeps what is beside a file beside the one that a symbolic link leads to.
  const real = realpathSync(file);
  const open = BESIDE.map((suffix) => real + suffix).filter((path) => isOpenToOthers(path) && !takeFromOthers(path));
  const folder = dirname(real);
  if (holdsOnlyStores(folder, real) && isOpenToOthers(folder)) takeFromOthers(folder, OWNER_ONLY_FOLDER);
  if (open.length === 0) return null;
  return `Other users can read ${open.join(', ')}, and this process cannot change that: it is not the owner. Run chmod 600 as the owner.`;
}

function holdsOnlyStores(folder: string, file: string): boolean {
  const own = [basename(file), SANDBOX_STATE].flatMap((name) => BESIDE.map((suffix) => name + suffix));
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

function takeFromOthers(path: string, mode = OWNER_ONLY): boolean {
  try {
    chmodSync(path, mode);
    return true;
  } catch {
    // Another process may have removed it meanwhile.
    return !isOpenToOthers(path);
  }
}
