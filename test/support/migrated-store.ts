import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../src/store/store.ts';

let migrated: Promise<Buffer> | undefined;

/**
 * Makes the file of an empty store, as a gateway leaves it that starts and stops. A copy takes a tenth of the time of
 * the migrations, which the tests in test/store/migrations run.
 */
export async function createStoreFile(file: string): Promise<void> {
  migrated ??= migrate();
  writeFileSync(file, await migrated, { flag: 'wx', mode: 0o600 });
}

async function migrate(): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-migrated-'));
  try {
    const file = join(folder, 'gateway.db');
    await (await openStore(file)).close();
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
