import type Sqlite from 'better-sqlite3';
import { codeSkeleton, NORMALIZATION_VERSION, normalizedCode } from '../../domain/codes/code.ts';

/** How many rows one transaction looks at: other processes wait for it. */
const BATCH = 2000;

interface CodeRow {
  number: number;
  code: string;
  normalized_code: string | null;
  code_skeleton: string | null;
}

/** The columns that a promo code is looked up by. No skeleton is kept where it is the normalized code itself. */
export function codeColumns(code: string): { normalized_code: string; code_skeleton: string | null } {
  const normalized_code = normalizedCode(code);
  const skeleton = codeSkeleton(code);
  return { normalized_code, code_skeleton: skeleton === normalized_code ? null : skeleton };
}

/**
 * Computes the normalized codes of the store again where another version of the function has made them. Of two processes
 * with different versions the one that was opened last decides; a code is put right at the latest when it is read from
 * its provider again. A crash in the middle leaves the rest to the next opening.
 */
export function renewNormalizedCodes(sqlite: Sqlite.Database, version = NORMALIZATION_VERSION): void {
  const stored = sqlite.prepare<[], { version: string }>('SELECT version FROM code_normalization').get();
  if (stored?.version === version) return;
  renewPromotions(sqlite);
  sqlite
    .transaction(() => {
      renewIntents(sqlite);
      sqlite.prepare<[string]>('UPDATE code_normalization SET version = ?').run(version);
    })
    .immediate();
}

function renewPromotions(sqlite: Sqlite.Database): void {
  const rows = sqlite.prepare<[number, number], CodeRow>(
    `SELECT number, code, normalized_code, code_skeleton FROM promotions
      WHERE number > ? AND code IS NOT NULL ORDER BY number LIMIT ?`,
  );
  const update = sqlite.prepare<[string, string | null, number]>(
    'UPDATE promotions SET normalized_code = ?, code_skeleton = ? WHERE number = ?',
  );
  const renewAfter = sqlite.transaction((number: number): number | undefined => {
    const batch = rows.all(number, BATCH);
    for (const row of batch) {
      const { normalized_code, code_skeleton } = codeColumns(row.code);
      if (normalized_code !== row.normalized_code || code_skeleton !== row.code_skeleton)
        update.run(normalized_code, code_skeleton, row.number);
    }
    return batch.at(-1)?.number;
  });
  let last: number | undefined = 0;
  while (last !== undefined) last = renewAfter.immediate(last);
}

function renewIntents(sqlite: Sqlite.Database): void {
  const rows = sqlite.prepare<[], { id: string; code: string }>('SELECT id, code FROM intents WHERE code IS NOT NULL');
  const update = sqlite.prepare<[string, string]>('UPDATE intents SET normalized_code = ? WHERE id = ?');
  for (const { id, code } of rows.all()) update.run(normalizedCode(code), id);
}
