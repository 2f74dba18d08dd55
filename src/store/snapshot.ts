import { closeSync, existsSync, fsyncSync, openSync, rmSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import type { ProviderName } from '../promo/promotion.ts';
import type { RedemptionRow } from './tables.ts';

/** A row of the ledger beside what it is a use of. */
export type LedgerLine = RedemptionRow & { code: string | null; provider: ProviderName; account: string };

/**
 * Writes a copy of a store, as it is at one moment, to a new file. Processes that have it open go on meanwhile.
 * @throws when there is no such store, the new file exists, or the copy is not whole
 */
export function backUp(file: string, target: string): void {
  if (existsSync(target)) throw new Error(`${target} is there already`);
  const sqlite = openReadOnly(file);
  try {
    sqlite.prepare<[string]>('VACUUM INTO ?').run(target);
    check(target);
  } catch (error) {
    // Half a copy is worse than none.
    rmSync(target, { force: true });
    throw error;
  } finally {
    sqlite.close();
  }
}

/** The copy is on the disk, and is what SQLite takes for whole. */
function check(target: string): void {
  const descriptor = openSync(target, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
  const copy = new Sqlite(target, { readonly: true });
  const found = copy.pragma('quick_check', { simple: true });
  copy.close();
  if (found !== 'ok') throw new Error(`The copy is not whole: ${found}`);
}

/**
 * The ledger's rows that were made from `since` until just before `until`, oldest first, one at a time, as the ledger is
 * at one moment.
 * @throws when there is no such store
 */
export function* ledgerLines(file: string, since: number, until: number): Generator<LedgerLine> {
  const sqlite = openReadOnly(file);
  try {
    yield* sqlite
      .prepare<[number, number], LedgerLine>(
        `SELECT redemptions.*, promotions.code, promotions.provider, promotions.account
          FROM redemptions JOIN promotions ON promotions.id = redemptions.promotion_id
          WHERE redemptions.created_at >= ? AND redemptions.created_at < ?
          ORDER BY redemptions.number`,
      )
      .iterate(since, until);
  } finally {
    sqlite.close();
  }
}

function openReadOnly(file: string): Sqlite.Database {
  if (!existsSync(file)) throw new Error(`There is no store at ${file}`);
  return new Sqlite(file, { readonly: true, fileMustExist: true });
}
