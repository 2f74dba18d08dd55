import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type StoreAddress, storeAddress } from '../../src/store/engines/address.ts';
import { createStoreFile } from '../support/migrated-store.ts';
import { createDatabase } from '../support/postgres/test-database.ts';

/** Where an empty store is that belongs to one test. */
export interface TestStore {
  address: StoreAddress;
  /** The value of DATABASE_URL. */
  url: string;
  /** Deletes it. It must be closed. */
  remove(): Promise<void>;
}

export type CreateStore = () => Promise<TestStore>;

/** The name of each engine, and how to create a store for it. */
export const STORES: [name: string, create: CreateStore][] = [
  ['SQLite', createFile],
  ['PostgreSQL', createOnServer],
];

const { TEST_STORE: wanted = 'SQLite' } = process.env;

/**
 * The one engine of long suites: `npm run test:postgres` sets its name, so that `npm test` stays short.
 */
export const CHOSEN_STORES = STORES.filter(([name]) => name === wanted);

/** The store of a test that does not say which. */
export const createDefaultStore: CreateStore = () => {
  const [chosen] = CHOSEN_STORES;
  if (!chosen) throw new Error(`TEST_STORE names no engine: ${wanted}`);
  return chosen[1]();
};

export async function createFile(): Promise<TestStore & { address: { file: string } }> {
  const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-store-'));
  const file = join(folder, 'gateway.db');
  await createStoreFile(file);
  return { address: { file }, url: file, remove: async () => rmSync(folder, { recursive: true, force: true }) };
}

async function createOnServer(): Promise<TestStore> {
  const { url, drop } = await createDatabase();
  return { address: storeAddress({ url }), url, remove: drop };
}
