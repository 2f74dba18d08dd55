import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Db, Engine } from '../engines/engine.ts';
import { type Placeholders, type PreparedQuery, prepare } from '../engines/prepared.ts';
import { COPIED, type CopiedName } from './copied-tables.ts';

/** How many rows one statement reads. */
const PAGE_SIZE = 500;
/** How many rows one statement writes. Each value is a parameter. */
const ROWS_AT_ONCE = 25;

/** Sums are of remainders, so that sums of any number of instants or amounts are exact. */
const MODULUS = 1_000_003;

type Row = Record<string, string | number | null>;
type Columns = Readonly<Record<string, 'text' | 'integer'>>;

/** What must be the same of a table and its copy. */
export interface TableDigest {
  rows: number;
  /** The sum of each column of numbers, by its name. */
  sums: Record<string, number>;
  /** The SHA-256 of all rows in the order of their key. */
  hash: string;
}

/** The number of rows of a table. */
export async function countRows(db: Db, name: CopiedName): Promise<number> {
  const counted = await sql<{ rows: number }>`select count(*) as rows from ${sql.table(name)}`.execute(db);
  return counted.rows[0]?.rows ?? 0;
}

/**
 * Copies all rows of a table.
 * @param engine that of the target
 * @param onPage gets the number of rows that are copied so far
 */
export async function copyRows(
  name: CopiedName,
  { from, to, engine }: { from: Db; to: Db; engine: Engine },
  onPage: (rows: number) => void,
): Promise<void> {
  const [several, one] = [new RowInsert(engine, name, ROWS_AT_ONCE), new RowInsert(engine, name, 1)];
  let copied = 0;
  for await (const page of pagesOf(from, name)) {
    const whole = page.length - (page.length % ROWS_AT_ONCE);
    for (let place = 0; place < whole; place += ROWS_AT_ONCE) {
      await several.run(to, page.slice(place, place + ROWS_AT_ONCE));
    }
    for (const row of page.slice(whole)) await one.run(to, [row]);
    copied += page.length;
    onPage(copied);
  }
}

/** Counts, sums up and hashes the rows of a table. */
export async function digestOf(db: Db, name: CopiedName): Promise<TableDigest> {
  const columns: Columns = COPIED[name].columns;
  const numbers = Object.keys(columns).filter((column) => columns[column] === 'integer');
  const sums = numbers.map(
    (column) => sql`coalesce(sum(${sql.ref(column)} % ${sql.lit(MODULUS)}), 0) as ${sql.ref(column)}`,
  );
  const summed =
    numbers.length > 0
      ? await sql<Record<string, number>>`select ${sql.join(sums)} from ${sql.table(name)}`.execute(db)
      : { rows: [] };
  const hash = createHash('sha256');
  for await (const page of pagesOf(db, name)) {
    for (const row of page) hash.update(`${JSON.stringify(Object.keys(columns).map((column) => row[column]))}\n`);
  }
  return { rows: await countRows(db, name), sums: { ...summed.rows[0] }, hash: hash.digest('hex') };
}

/** The rows of a table in the order of its key, page by page. */
async function* pagesOf(db: Db, name: CopiedName): AsyncGenerator<Row[]> {
  const key: readonly string[] = COPIED[name].key;
  const columns = sql.join(Object.keys(COPIED[name].columns).map((column) => sql.ref(column)));
  const keyColumns = sql.join(key.map((column) => sql.ref(column)));
  let last: Row | undefined;
  do {
    const after = last && sql`where (${keyColumns}) > (${sql.join(key.map((column) => last?.[column]))})`;
    const { rows }: { rows: Row[] } = await sql<Row>`select ${columns} from ${sql.table(name)} ${after ?? sql``}
      order by ${keyColumns} limit ${sql.lit(PAGE_SIZE)}`.execute(db);
    if (rows.length > 0) yield rows;
    last = rows.length === PAGE_SIZE ? rows.at(-1) : undefined;
  } while (last);
}

type Values = Record<string, string | number | null>;

/**
 * A prepared insert of some rows. Records in one parameter would be slower: an engine may read the JSON of a row for each
 * column.
 */
class RowInsert {
  /** For each row, the columns with the names of their values. */
  readonly #names: (readonly [column: string, name: string])[][];
  readonly #query: PreparedQuery<Values, unknown>;

  constructor(engine: Engine, table: CopiedName, rows: number) {
    const columns = Object.keys(COPIED[table].columns);
    this.#names = Array.from({ length: rows }, (_, place) => columns.map((column) => [column, `${column} ${place}`]));
    this.#query = prepare(engine, (_, value: Placeholders<Values>) => {
      const lists = this.#names.map((names) => sql`(${sql.join(names.map(([, name]) => value(name)))})`);
      return sql`insert into ${sql.table(table)} (${sql.join(columns.map((column) => sql.ref(column)))})
        values ${sql.join(lists)}`;
    });
  }

  async run(db: Db, rows: readonly Row[]): Promise<void> {
    const values: Values = {};
    for (const [place, row] of rows.entries()) {
      for (const [column, name] of this.#names[place] ?? []) values[name] = row[column] ?? null;
    }
    await this.#query.run(db, values);
  }
}
