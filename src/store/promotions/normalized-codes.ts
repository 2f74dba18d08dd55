import { codeSkeleton, NORMALIZATION_VERSION, normalizedCode } from '../../domain/codes/code.ts';
import type { Db, Engine } from '../engines/engine.ts';

/** How many rows one transaction examines. Other processes wait for it. */
const BATCH = 2000;

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
export async function renewNormalizedCodes(engine: Engine): Promise<void> {
  const stored = await engine.reads.selectFrom('code_normalization').select('version').executeTakeFirst();
  if (stored?.version === NORMALIZATION_VERSION) return;
  let last: number | undefined = 0;
  while (last !== undefined) last = await renewPromotionsAfter(engine, last);
  await engine.transaction(async (db) => {
    await renewPendingWrites(db);
    await db.updateTable('code_normalization').set({ version: NORMALIZATION_VERSION }).execute();
  });
}

/** @returns the number of the last row; undefined: there is none after this one */
async function renewPromotionsAfter(engine: Engine, number: number): Promise<number | undefined> {
  return engine.transaction(async (db) => {
    const batch = await db
      .selectFrom('promotions')
      .select(['number', 'code', 'normalized_code', 'code_skeleton'])
      .where('number', '>', number)
      .where('code', 'is not', null)
      .orderBy('number')
      .limit(BATCH)
      .execute();
    for (const row of batch) {
      const columns = codeColumns(row.code ?? '');
      const isSame = columns.normalized_code === row.normalized_code && columns.code_skeleton === row.code_skeleton;
      if (!isSame) await db.updateTable('promotions').set(columns).where('number', '=', row.number).execute();
    }
    return batch.at(-1)?.number;
  });
}

async function renewPendingWrites(db: Db): Promise<void> {
  const pending = await db.selectFrom('intents').select(['id', 'code']).where('code', 'is not', null).execute();
  for (const { id, code } of pending) {
    const normalized_code = normalizedCode(code ?? '');
    await db.updateTable('intents').set({ normalized_code }).where('id', '=', id).execute();
  }
}
