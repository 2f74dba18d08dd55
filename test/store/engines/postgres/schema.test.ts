import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../../../src/store/store.ts';
import { createDatabase, type TestDatabase } from '../../../support/postgres/test-database.ts';

const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-schemas-'));
let sqlite: Sqlite.Database;
let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  const file = join(folder, 'gateway.db');
  await (await openStore(file)).close();
  sqlite = new Sqlite(file, { readonly: true });
  database = await createDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
  sqlite.close();
  rmSync(folder, { recursive: true });
});

/** A column as both engines can describe it. */
interface Column {
  table: string;
  column: string;
  type: string;
  isNullable: number;
  isGenerated: number;
}

/** What only one of the engines has. */
const OWN_TABLES = ['sequence', 'sqlite_sequence'];
const OWN_COLUMNS = ['changes.transaction_id'];

const NAMES = ({ table, column }: Column) => `${table}.${column}`;
const isShared = (column: Column) => !OWN_TABLES.includes(column.table) && !OWN_COLUMNS.includes(NAMES(column));

/** By name, because migrations of SQLite append columns. */
function inOrder(columns: Column[]): Column[] {
  return columns.filter(isShared).toSorted((one, other) => NAMES(one).localeCompare(NAMES(other), 'en'));
}

function sqliteColumns(): Column[] {
  const columns = sqlite.prepare<[], Column>(
    `SELECT tables.name AS "table", columns.name AS "column", lower(columns.type) AS type,
        columns."notnull" = 0 AND columns.pk = 0 AS isNullable, columns.hidden <> 0 AS isGenerated
      FROM sqlite_schema AS tables JOIN pragma_table_xinfo(tables.name) AS columns
      WHERE tables.type = 'table'`,
  );
  return inOrder(columns.all());
}

async function postgresColumns(): Promise<Column[]> {
  const types = `CASE data_type WHEN 'bigint' THEN 'integer' WHEN 'character varying' THEN 'varchar(255)'
    ELSE data_type END`;
  const { rows } = await client.query<Column>(
    `SELECT table_name AS "table", column_name AS "column", ${types} AS type,
        (is_nullable = 'YES')::integer AS "isNullable", (is_generated = 'ALWAYS')::integer AS "isGenerated"
      FROM information_schema.columns WHERE table_schema = 'public'`,
  );
  return inOrder(rows);
}

describe('the schema of PostgreSQL', () => {
  it('has the columns of SQLite, with the same types and the same nullability', async () => {
    const columns = sqliteColumns();
    expect(await postgresColumns()).toEqual(columns);
    expect(columns.length).toBeGreaterThan(120);
  });

  it('has the indexes of SQLite, with the same columns', async () => {
    const ofSqlite = sqlite
      .prepare<[], { name: string; columns: string; isUnique: number; isPartial: number }>(
        `SELECT list.name, list."unique" AS isUnique, list.partial AS isPartial,
            (SELECT group_concat(coalesce(name, 'an expression') ORDER BY seqno) FROM pragma_index_xinfo(list.name)
              WHERE key = 1) AS columns
          FROM sqlite_schema AS tables JOIN pragma_index_list(tables.name) AS list
          WHERE tables.type = 'table' AND list.origin = 'c' ORDER BY list.name`,
      )
      .all();
    const { rows } = await client.query(
      `SELECT relname AS name, indisunique::integer AS "isUnique", (indpred IS NOT NULL)::integer AS "isPartial",
          (SELECT string_agg(coalesce(attname, 'an expression'), ',' ORDER BY place)
            FROM unnest(indkey) WITH ORDINALITY AS key (number, place)
            LEFT JOIN pg_attribute ON attrelid = indrelid AND attnum = key.number) AS columns
        FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
        WHERE relnamespace = 'public'::regnamespace AND relname <> 'changes_by_transaction'
          AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
        ORDER BY relname COLLATE "C"`,
    );
    expect(rows).toEqual(ofSqlite);
    expect(rows.length).toBeGreaterThan(40);
  });

  it('compares every text by code point', async () => {
    const { rows } = await client.query(
      `SELECT table_name, column_name, collation_name FROM information_schema.columns
        WHERE table_schema = 'public' AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'`,
    );
    expect(rows).toEqual([]);
  });

  it('has the default values of SQLite', async () => {
    const { rows } = await client.query<{ name: string; value: string }>(
      `SELECT table_name || '.' || column_name AS name, replace(replace(column_default, '::text', ''), '::bigint', '') AS value
        FROM information_schema.columns WHERE table_schema = 'public' AND column_default IS NOT NULL`,
    );
    const shared = rows.filter(({ name }) => !OWN_COLUMNS.includes(name));
    const ofSqlite = sqlite
      .prepare<[], { name: string; value: string }>(
        `SELECT tables.name || '.' || columns.name AS name, columns.dflt_value AS value
          FROM sqlite_schema AS tables JOIN pragma_table_info(tables.name) AS columns
          WHERE tables.type = 'table' AND columns.dflt_value IS NOT NULL`,
      )
      .all();
    const byName = (one: { name: string }, other: { name: string }) => one.name.localeCompare(other.name, 'en');
    expect(shared.toSorted(byName)).toEqual(ofSqlite.toSorted(byName));
  });
});
