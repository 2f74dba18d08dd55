import type { StoreAddress } from './address.ts';
import { LOCAL_CLOCK, type LocalClock } from './clock.ts';
import type { Engine, StoreReader } from './engine.ts';

/**
 * Opens a store and runs the migrations. Creates a file that is missing, but not a database on a server.
 * @param warn gets messages for the operator
 * @param local replaces the clock of this machine, for tests
 * @throws when the store cannot be used, or was written by a newer version of the gateway
 */
export async function openEngine(
  address: StoreAddress,
  warn: (message: string) => void = () => {},
  local: LocalClock = LOCAL_CLOCK,
): Promise<Engine> {
  // Each engine needs libraries that the other does not.
  if ('file' in address) {
    const { openSqlite } = await import('./sqlite.ts');
    return openSqlite(address.file, warn, local);
  }
  const { openPostgres } = await import('./postgres.ts');
  return openPostgres({ ...address, local }, warn);
}

/**
 * Opens a store for reading alone. Changes nothing in it: it may be of an earlier version.
 * @throws when there is none
 */
export async function openReader(address: StoreAddress): Promise<StoreReader> {
  if ('file' in address) {
    const { openSqliteReader } = await import('./sqlite/sqlite-reader.ts');
    return openSqliteReader(address.file);
  }
  const { openPostgresReader } = await import('./postgres/postgres-reader.ts');
  return openPostgresReader(address);
}

/**
 * For commands on what a gateway has stored: to open a missing store would create it.
 * @throws when there is no store at the address, or its server cannot be reached
 */
export async function assertStore(address: StoreAddress): Promise<void> {
  const reader = await openReader(address);
  try {
    await reader.snapshot((db) => db.selectFrom('promotions').select('id').limit(1).execute());
  } finally {
    await reader.close();
  }
}

/** Opens a store for work that may take any time and needs the store for itself, such as filling it. */
export async function openToFill(address: StoreAddress): Promise<Engine> {
  if ('file' in address) return openEngine(address);
  const { openPostgres } = await import('./postgres.ts');
  return openPostgres({ ...address, url: address.directUrl, hasLimits: false });
}

/** Whether a gateway has a store open. On a server, only gateways of the same user can be seen for sure. */
export async function isInUse(address: StoreAddress): Promise<boolean> {
  if ('file' in address) {
    const { isSqliteInUse } = await import('./sqlite/sqlite-reader.ts');
    return isSqliteInUse(address.file);
  }
  const { isPostgresInUse } = await import('./postgres/postgres-reader.ts');
  return isPostgresInUse(address);
}
