import { sql } from 'kysely';
import { parseRedemptionId } from '../../domain/promotion/identity.ts';
import type { Instant } from '../../domain/promotion/promotion.ts';
import type { Redemption } from '../../domain/redemption/redemption.ts';
import type { Db, Engine } from '../engines/engine.ts';
import { type Placeholders, type PreparedQuery, prepare } from '../engines/prepared.ts';
import type { RedemptionRow } from '../tables.ts';
import { redemptionOf } from './redemption-rows.ts';

/** Reads redemptions by their public ids, as they are at `now`. */
export class Redemptions {
  readonly #engine: Engine;
  readonly #byLedgerIds: PreparedQuery<{ ledgerIds: readonly string[] }, RedemptionRow>;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#byLedgerIds = prepare(engine, (db, value: Placeholders<{ ledgerIds: readonly string[] }>) =>
      db
        .selectFrom('redemptions')
        .selectAll()
        .where(engine.dialect.isAmong(sql.ref('ledger_id'), value('ledgerIds'))),
    );
  }

  async get(id: string, now: Instant, db: Db = this.#engine.reads): Promise<Redemption | null> {
    return (await this.getMany([id], now, db))[0] ?? null;
  }

  /** Reads several redemptions with one query. Returns them in the order of the ids; null: not in the store. */
  async getMany(ids: readonly string[], now: Instant, db: Db = this.#engine.reads): Promise<(Redemption | null)[]> {
    const ledgerIds = ids.map(parseRedemptionId);
    const rows = await this.#byLedgerIds.all(db, { ledgerIds: ledgerIds.filter((ledgerId) => ledgerId !== null) });
    const byLedgerId = new Map(rows.map((row) => [row.ledger_id, row]));
    return ledgerIds.map((ledgerId) => {
      const row = ledgerId === null ? undefined : byLedgerId.get(ledgerId);
      return row ? redemptionOf(row, now) : null;
    });
  }
}
