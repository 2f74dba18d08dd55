import type { Db } from '../../../src/store/engines/engine.ts';

/* Rows of the table of attempt limits, which has a unique text and a number. */

export const KEY = 'key';

export async function insert(db: Db, key: string, points: number): Promise<void> {
  await db.insertInto('attempt_limits').values({ key, points, expire: null }).execute();
}

export async function setPoints(db: Db, key: string, points: number): Promise<void> {
  await db.updateTable('attempt_limits').set({ points }).where('key', '=', key).execute();
}

export async function pointsOf(db: Db, key = KEY): Promise<number | undefined> {
  const row = await db.selectFrom('attempt_limits').select('points').where('key', '=', key).executeTakeFirst();
  return row?.points;
}
