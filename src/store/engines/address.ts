import { dirname, join } from 'node:path';
import { databaseAt, isServerUrl, serverUrl } from './postgres/server-url.ts';
import { DEFAULT_STORE_FILE, sandboxStateFile, storeFile } from './sqlite/store-file.ts';

/** Where a store is: a file of this machine, or a database on a server. */
export type StoreAddress = FileAddress | ServerAddress;

export interface FileAddress {
  file: string;
}

export interface ServerAddress extends ServerOptions {
  /** `postgres://user:password@host:port/database` */
  url: string;
  /** Another way to the same database, if `url` goes through a pooler in transaction mode. */
  directUrl: string;
}

/** How a server is used. */
export interface ServerOptions {
  /** The maximum number of connections of this process, at least 2. */
  poolSize: number;
  /** How long a start waits for a server that cannot be reached. */
  waitSeconds: number;
}

export const DEFAULT_SERVER_OPTIONS: ServerOptions = { poolSize: 6, waitSeconds: 0 };

/** What a value of DATABASE_URL names. A fault completes the sentence "DATABASE_URL …" and never repeats the value. */
export type ReadUrl = FileAddress | { url: string } | { fault: string };

/** Reads a value of DATABASE_URL. */
export function readStoreUrl(url: string): ReadUrl {
  return isServerUrl(url) ? serverUrl(url) : storeFile(url);
}

/** The store that DATABASE_URL names, with the options of a server. */
export function storeAddress(
  read: FileAddress | { url: string },
  { directUrl, ...options }: ServerOptions & { directUrl?: string | undefined } = DEFAULT_SERVER_OPTIONS,
): StoreAddress {
  return 'file' in read ? read : { url: read.url, directUrl: directUrl ?? read.url, ...options };
}

/** The store as people may see it, without user, password and parameters. */
export function nameOf(address: StoreAddress): string {
  return 'file' in address ? address.file : databaseAt(address.url);
}

/** The file that has the state of the simulators of a sandbox. A server has none: it is in the default folder. */
export function simulatorsFile(address: StoreAddress): string {
  if ('file' in address) return sandboxStateFile(address.file);
  const { host, pathname } = new URL(address.url);
  const name = `${host}${pathname}`.replaceAll(/[^\w.-]+/g, '-');
  return join(dirname(DEFAULT_STORE_FILE), `${name}-sandbox`);
}
