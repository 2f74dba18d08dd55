import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sqliteTroubleOf } from '../../../../src/store/engines/sqlite/sqlite-trouble.ts';
import { openSqlite } from '../../../../src/store/engines/sqlite.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'promo-gateway-trouble-'));
  file = join(folder, 'gateway.db');
  await (await openSqlite(file)).close();
});
afterEach(() => rmSync(folder, { recursive: true }));

function errorOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

it('a read-only store is reported as such', () => {
  const reader = new Sqlite(file, { readonly: true });
  expect(sqliteTroubleOf(errorOf(() => reader.exec('UPDATE sequence SET value = 1')))).toBe('it may only be read');
  reader.close();
});

it('a wrong query and a violated constraint are bugs, not store trouble', () => {
  const sqlite = new Sqlite(file);
  const insert = "INSERT INTO attempts (number, at, caller, code, reason) VALUES (1, 1, 'a', 'b', 'c')";
  sqlite.exec(insert);
  for (const work of [() => sqlite.exec('SELECT nothing'), () => sqlite.exec(insert), () => JSON.parse('{')]) {
    const error = errorOf(work);
    expect(error).toBeInstanceOf(Error);
    expect(sqliteTroubleOf(error)).toBeNull();
  }
  sqlite.close();
});
