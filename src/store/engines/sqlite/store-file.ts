import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** The store if DATABASE_URL is not set. */
export const DEFAULT_STORE_FILE = './data/promo-gateway.db';

/** Earlier versions kept the state of the simulators of every store in this file. */
const SHARED_SANDBOX_STATE = 'sandbox.db';

/** At least two letters: one letter is a Windows drive. */
const SCHEME = /^(?<scheme>[a-z][a-z\d+.-]+):/i;
/** The path of a `file:` URL, and the host of `file://host/path`. */
const FILE_URL = /^file:(?:\/\/(?<host>[^/]*)(?=\/|$))?(?<path>.*)$/is;
/** Hosts that mean this machine, and those that mean a relative path: `file://./data` is a common mistake. */
const NO_HOST = ['', 'localhost'];
const RELATIVE_HOST = ['.', '..'];

const NOT_A_FILE = 'must name a file, not a folder';

/**
 * The file that DATABASE_URL names if it names no server. The value is a path, or a `file:` URL (`file:data/gw.db`, `file:./data/gw.db`,
 * `file:/data/gw.db`, `file:///data/gw.db`), whose percent-encoding is decoded. A fault completes the sentence
 * "DATABASE_URL …". It never repeats the value, which may contain a password.
 */
export function storeFile(url: string): { file: string } | { fault: string } {
  const scheme = SCHEME.exec(url)?.groups?.scheme?.toLowerCase();
  if (scheme !== undefined && scheme !== 'file') {
    const fault = `must be the path of a SQLite file, a file: URL or a postgres:// URL; ${scheme}: is not supported`;
    return { fault };
  }
  if (/\?[\w-]+=/.test(url)) return { fault: 'takes no parameters such as ?mode=ro' };
  return scheme === undefined ? checked(url) : fromFileUrl(url);
}

/** The files that may have the state of the simulators of a sandbox: the store's own, and that of earlier versions. */
export function sandboxStateFiles(store: string): [own: string, shared: string] {
  return [`${store}-sandbox`, join(dirname(store), SHARED_SANDBOX_STATE)];
}

/** The file that has the state of the simulators of a sandbox. */
export function sandboxStateFile(store: string): string {
  const [own, shared] = sandboxStateFiles(store);
  const isDefault = basename(store) === basename(DEFAULT_STORE_FILE);
  return isDefault && existsSync(shared) ? shared : own;
}

function fromFileUrl(url: string): { file: string } | { fault: string } {
  const { host, path = '' } = FILE_URL.exec(url)?.groups ?? {};
  if (/[?#]/.test(url)) return { fault: 'must have ? and # in the name of a file written as %3F and %23' };
  const isRelative = host !== undefined && RELATIVE_HOST.includes(host);
  if (host !== undefined && !isRelative && !NO_HOST.includes(host.toLowerCase())) {
    return {
      fault:
        'must be of this machine: file:data/gateway.db for a relative path, file:///data/gateway.db for an absolute one',
    };
  }
  try {
    return checked(decodeURIComponent(isRelative ? `${host}${path}` : path));
  } catch {
    return { fault: 'has a % that is no percent-encoding: write %25' };
  }
}

function checked(file: string): { file: string } | { fault: string } {
  if (file === ':memory:')
    return { fault: 'must be a file: a store in memory would be lost, and several processes share one' };
  if (file.includes('\0')) return { fault: 'must not hold a NUL character' };
  const name = file.split('/').at(-1) ?? '';
  if (file.trim() === '' || ['', '.', '..'].includes(name)) return { fault: NOT_A_FILE };
  // Left over from a configuration file or a shell. Such a name would create a new, empty store.
  if (/^["'~\s]/.test(file)) return { fault: 'must not begin with a quotation mark, a blank or ~' };
  return { file };
}
