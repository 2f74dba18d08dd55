import type { StoreAddress } from './address.ts';
import { dumpCommand } from './postgres/server-url.ts';

/** What became of a backup: the copy was made, or another program has to make it. */
export type Backup = { done: true } | { command: string };

/**
 * Copies a store as it is at one moment to a new file. Gateways that use the store keep running. A server makes its own
 * copies, by a command that asks for the password.
 * @throws when the store does not exist, the new file exists, or the copy is incomplete
 */
export async function backUp(address: StoreAddress, target: string): Promise<Backup> {
  if (!('file' in address)) return { command: dumpCommand(address.directUrl, target) };
  const { backUpFile } = await import('./sqlite/sqlite-backup.ts');
  backUpFile(address.file, target);
  return { done: true };
}
