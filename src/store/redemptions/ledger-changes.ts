import { sql } from 'kysely';
import type { LedgerChanges } from '../../domain/ledger/ledger-state.ts';
import type { LedgerUse } from '../../domain/ledger/ledger-use.ts';
import type { Instant } from '../../domain/promotion/promotion.ts';
import type { Db, Engine } from '../engines/engine.ts';
import { type Placeholders, type PreparedQuery, prepare } from '../engines/prepared.ts';
import { recordsJson } from '../engines/records-json.ts';
import type { CountReadings } from '../promotions/count-readings.ts';
import type { IdempotencyKeys } from '../writes/idempotency-keys.ts';
import { toRedemptionRow, USE_COLUMNS, type UseRow } from './redemption-rows.ts';

type Records = { records: string };
type CounterRow = { id: string; held: number; uncounted: number; release: Instant | null };

/** The columns that a command can change. */
const CHANGING = [
  'status',
  'customer_id',
  'order_minor',
  'order_currency',
  'discount_minor',
  'discount_currency',
  'subscription_id',
  'provider_use_id',
  'taken_sequence',
  'counted_sequence',
  'cancel_reason',
  'held_until',
  'held_before',
  'hold_before',
  'redeemed_at',
  'cancelled_at',
] as const;

/** Saves the changes of a batch, each kind with one statement for all commands. */
export class LedgerChangesSaver {
  readonly #readings: CountReadings;
  readonly #idempotencyKeys: IdempotencyKeys;
  readonly #insert: PreparedQuery<Records, unknown>;
  readonly #update: PreparedQuery<Records, unknown>;
  readonly #count: PreparedQuery<Records, unknown>;

  constructor(engine: Engine, parts: { readings: CountReadings; idempotencyKeys: IdempotencyKeys }) {
    this.#readings = parts.readings;
    this.#idempotencyKeys = parts.idempotencyKeys;
    const { dialect } = engine;
    const columns = Object.keys(USE_COLUMNS).filter(isUseColumn);
    this.#insert = prepare(engine, (db, value: Placeholders<Records>) =>
      db
        .insertInto('redemptions')
        .columns(columns)
        .expression(db.selectFrom(dialect.records<UseRow>(USE_COLUMNS, value('records')).as('new')).select(columns)),
    );
    this.#update = prepare(engine, (db, value: Placeholders<Records>) => {
      const keys = sql`select ledger_id from ${dialect.records({ ledger_id: 'text' }, value('records'))} as keys`;
      return db
        .updateTable('redemptions')
        .from(dialect.records<UseRow>(USE_COLUMNS, value('records')).as('changed'))
        .set(Object.fromEntries(CHANGING.map((name) => [name, sql.ref(`changed.${name}`)])))
        .where(dialect.isRowOf(sql.ref('redemptions.ledger_id'), sql.ref('changed.ledger_id'), keys));
    });
    this.#count = prepare(engine, (db, value: Placeholders<Records>) => {
      const columnsOf = { id: 'text', held: 'integer', uncounted: 'integer', release: 'integer' } as const;
      const keys = sql`select id from ${dialect.records({ id: 'text' }, value('records'))} as keys`;
      return db
        .updateTable('promotions')
        .from(dialect.records<CounterRow>(columnsOf, value('records')).as('counter'))
        .set({
          held: sql`promotions.held + counter.held`,
          uncounted: sql`promotions.uncounted + counter.uncounted`,
          next_release: dialect.least(sql.ref<Instant | null>('promotions.next_release'), sql.ref('counter.release')),
        })
        .where(dialect.isRowOf(sql.ref('promotions.id'), sql.ref('counter.id'), keys));
    });
  }

  async save(db: Db, { newUses, changedUses, counters, counts, keys }: LedgerChanges): Promise<void> {
    // Changes first: a new use may take the place of a hold of the same order that has ended.
    if (changedUses.length > 0) await this.#update.run(db, { records: recordsOf(changedUses) });
    if (newUses.length > 0) await this.#insert.run(db, { records: recordsOf(newUses) });
    const releases = firstReleases([...newUses, ...changedUses]);
    const counted = new Set([...counters.keys(), ...releases.keys()]);
    if (counted.size > 0) {
      const rows = [...counted].sort().map((id): CounterRow => {
        const { held, uncounted } = counters.get(id) ?? { held: 0, uncounted: 0 };
        return { id, held, uncounted, release: releases.get(id) ?? null };
      });
      await this.#count.run(db, { records: recordsJson(rows) });
    }
    for (const one of counts) await this.#readings.save(one, db);
    await this.#idempotencyKeys.save(keys, db);
  }
}

function recordsOf(uses: readonly LedgerUse[]): string {
  return recordsJson(uses.map(toRedemptionRow));
}

function isUseColumn(name: string): name is keyof UseRow {
  return Object.hasOwn(USE_COLUMNS, name);
}

/** When the first of these holds ends, by promotion and coupon. */
function firstReleases(uses: readonly LedgerUse[]): Map<string, Instant> {
  const first = new Map<string, Instant>();
  for (const { status, heldUntil, promotionId, couponId } of uses) {
    if (status !== 'HELD' || heldUntil === null) continue;
    for (const id of [promotionId, couponId]) {
      if (id !== null) first.set(id, Math.min(first.get(id) ?? heldUntil, heldUntil));
    }
  }
  return first;
}
