import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { openSqlite } from '../../../src/store/engines/sqlite.ts';
import { engineContract } from './engine-contract.ts';

engineContract('SQLite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-engine-'));
  const file = join(folder, 'gateway.db');
  const engine = await openSqlite(file);
  return {
    engine,
    openAgain: () => openSqlite(file),
    breakWrites: async () => {
      const other = new Sqlite(file);
      other.exec('BEGIN IMMEDIATE');
      return async () => {
        other.close();
      };
    },
    remove: async () => {
      await engine.close();
      rmSync(folder, { recursive: true });
    },
  };
});
