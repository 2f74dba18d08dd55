import { sql } from 'kysely';
import type { Engine } from '../../../src/store/engines/engine.ts';
import { COPIED, type CopiedName } from '../../../src/store/transfer/copied-tables.ts';

/** How many rows each table gets. More than two pages of the largest. */
const ROWS: Partial<Record<CopiedName, number>> = { attempts: 1100 };

/** Values that the tables accept, by column; absent: any. */
const VALUES: Record<string, (row: number) => string | number | null> = {
  kind: (row) => (row % 2 ? 'PromoCode' : 'Coupon'),
  status: (row) => (row % 2 ? 'REDEEMED' : 'HELD'),
  phase: () => 'CODES',
  duration_kind: () => 'ONCE',
  provider_active: (row) => row % 2,
  held: (row) => row,
  // Larger than 2^32, and texts that sort differently by locale, with odd characters.
  created_at: (row) => 1_800_000_000_000 + row,
  order_minor: (row) => (row % 2 ? Number.MAX_SAFE_INTEGER : null),
  id: (row) => ['a-1', 'B-2', 'ä-3', '_4', 'a 5'][row % 5] + String(row),
  code: (row) => ['SAVE', 'Straße', 'МАРТ', '😀', "it's"][row % 5] + String(row),
  metadata: () => '{"note":"line\\nbreak","\\u0000":"<é>"}',
};

/** Fills every table of a store, and draws some numbers. */
export async function insertEverywhere(engine: Engine): Promise<void> {
  await engine.transaction(async (db) => {
    await engine.dialect.nextNumbers(db, 41);
    for (const [name, { columns }] of Object.entries(COPIED)) {
      const all: Readonly<Record<string, string>> = columns;
      const count = Object.entries(ROWS).find(([table]) => table === name)?.[1] ?? 7;
      for (let row = 1; row <= count; row += 1) {
        const names = Object.keys(all).filter((column) => column !== 'number' || row % 3 === 0 || row < 4);
        const values = names.map((column) => valueIn(column, all[column] === 'text', row));
        await sql`insert into ${sql.table(name)} (${sql.join(names.map((column) => sql.ref(column)))})
          values (${sql.join(values)})`.execute(db);
      }
    }
  });
}

function valueIn(column: string, isText: boolean, row: number): string | number | null {
  const value = VALUES[column];
  if (value) return value(row);
  return isText ? `${column} ${row}` : row;
}
