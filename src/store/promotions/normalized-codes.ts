import type Sqlite from 'better-sqlite3';
import { codeSkeleton, NORMALIZATION_VERSION, normalizedCode } from '../../domain/codes/code.ts';

/** How many rows one transaction examines. Other processes wait for it. */
const BATCH = 2000;

interface CodeRow {
  number: number;
  code: string;
  normalized_code: string | null;
  code_skeleton: string | null;
}

/** The columns for look-ups of a code. The skeleton is null if it equals the normalized code. */
export function codeColumns(code: string): { normalized_code: string; code_skeleton: string | null } {
  const normalized_code = normalizedCode(code);
  const skeleton = codeSkeleton(code);
  return { normalized_code, code_skeleton: skeleton === normalized_code ? null : skeleton };
}

/**
 * Recomputes the normalized codes of the store if another version of the function computed them. If two processes have
 * different versions, the last one that opens the store decides; the next read of a code from its provider corrects it.
 * After a crash, the next start computes the rest.
 */
export function renewNormalizedCodes(sqlite: Sqlite.Database, version = NORMALIZATION_VERSION): void {
  const stored = sqlite.prepare<[], { version: string }>('SELECT version FROM code_normalization').get();
  if (stored?.version === version) return;
  renewPromotions(sqlite);
  sqlite
    .transaction(() => {
      renewPendingWrites(sqlite);
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

function renewPendingWrites(sqlite: Sqlite.Database): void {
  const rows = sqlite.prepare<[], { id: string; code: string }>('SELECT id, code FROM intents WHERE code IS NOT NULL');
  const update = sqlite.prepare<[string, string]>('UPDATE intents SET normalized_code = ? WHERE id = ?');
  for (const { id, code } of rows.all()) update.run(normalizedCode(code), id);
}
