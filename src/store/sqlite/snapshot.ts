import { closeSync, existsSync, fsyncSync, openSync, rmSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import type { Instant, ProviderName } from '../../domain/promotion/promotion.ts';
import type { RedemptionRow } from '../tables.ts';
import { createPrivateFile } from './private-file.ts';

/** A row of the ledger, with the code, provider and account of its promotion. */
export type LedgerLine = RedemptionRow & { code: string | null; provider: ProviderName; account: string };

/**
 * Writes a consistent copy of a store to a new private file. Processes that have the store open can continue.
 * @throws when the store does not exist, the new file exists, or the copy is incomplete
 */
export function backUp(file: string, target: string): void {
  if (existsSync(target)) throw new Error(`${target} already exists`);
  const sqlite = openReadOnly(file);
  try {
    // SQLite writes into an existing empty file and keeps its permissions.
    createPrivateFile(target);
    copy(sqlite, target);
  } finally {
    sqlite.close();
  }
}

function copy(sqlite: Sqlite.Database, target: string): void {
  try {
    sqlite.prepare<[string]>('VACUUM INTO ?').run(target);
    check(target);
  } catch (error) {
    // An incomplete copy is worse than none.
    rmSync(target, { force: true });
    throw error;
  }
}

/** Syncs the copy to disk and checks its integrity. */
function check(target: string): void {
  const descriptor = openSync(target, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
  const copy = new Sqlite(target, { readonly: true });
  const found = copy.pragma('quick_check', { simple: true });
  copy.close();
  if (found !== 'ok') throw new Error(`The copy is incomplete: ${found}`);
}

/** Filters by time of creation and of redemption. `since` and `redeemedSince` are inclusive, the others exclusive. */
export interface LedgerPeriod {
  since?: Instant;
  until?: Instant;
  redeemedSince?: Instant;
  redeemedUntil?: Instant;
}

const PERIOD = {
  since: 'redemptions.created_at >= @since',
  until: 'redemptions.created_at < @until',
  redeemedSince: 'redemptions.redeemed_at >= @redeemedSince',
  redeemedUntil: 'redemptions.redeemed_at < @redeemedUntil',
};

/**
 * A consistent snapshot of the ledger's rows in a period, oldest first, one at a time. Redemptions of the period that
 * were cancelled later are included.
 * @throws when the store does not exist
 */
export function* ledgerLines(file: string, period: LedgerPeriod): Generator<LedgerLine> {
  const conditions = Object.entries(PERIOD).flatMap(([bound, condition]) => (bound in period ? [condition] : []));
  const sqlite = openReadOnly(file);
  try {
    yield* sqlite
      .prepare<[LedgerPeriod], LedgerLine>(
        `SELECT redemptions.*, redemptions.${idColumnOf(sqlite)} AS ledger_id, promotions.code, promotions.provider, promotions.account
          FROM redemptions JOIN promotions ON promotions.id = redemptions.promotion_id
          WHERE ${['1', ...conditions].join(' AND ')}
          ORDER BY redemptions.number`,
      )
      .iterate(period);
  } finally {
    sqlite.close();
  }
}

/** A store that no gateway has opened since migration 0016 calls the column "ledger_key". */
function idColumnOf(sqlite: Sqlite.Database): string {
  const renamed = sqlite.prepare("SELECT 1 FROM pragma_table_info('redemptions') WHERE name = 'ledger_id'").get();
  return renamed ? 'ledger_id' : 'ledger_key';
}

function openReadOnly(file: string): Sqlite.Database {
  if (!existsSync(file)) throw new Error(`There is no store at ${file}`);
  return new Sqlite(file, { readonly: true, fileMustExist: true });
}
