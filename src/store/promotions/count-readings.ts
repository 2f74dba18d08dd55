import { sql } from 'kysely';
import type { PromotionCounts } from '../../domain/ledger/facts.ts';
import { acceptCount, addReading, type CountReading, type HasOpenUse } from '../../domain/redemption/count-evidence.ts';
import type { RedemptionStatus } from '../../domain/redemption/redemption.ts';
import type { Db, Engine } from '../engines/engine.ts';
import { type Placeholders, type PreparedQuery, prepare } from '../engines/prepared.ts';
import type { PromotionRow } from '../tables.ts';

type Counts = Pick<PromotionRow, 'id' | 'held' | 'provider_count' | 'count_lag' | 'count_answered'>;
type Ids = { ids: readonly string[] };
type Between = { id: string; from: number; to: number };
type OpenUse = { promotion_id: string; coupon_id: string | null; ledger_id: string; taken_sequence: number | null };

const HELD = sql.lit<RedemptionStatus>('HELD');

/**
 * What provider answers have proven about their counts (see domain/redemption/count-evidence.ts). The reading that
 * proves most is on the promotion's own row. The others, which open uses require, are few and have their own table.
 * Each method is part of a transaction.
 */
export class CountReadings {
  readonly #counts: PreparedQuery<Ids, Counts>;
  readonly #others: PreparedQuery<Ids, { promotion_id: string; answered_at: number; at_least: number }>;
  readonly #openUses: PreparedQuery<Ids, OpenUse>[];
  readonly #openBetween: PreparedQuery<Between, { number: number }>[];
  readonly #setCounts: PreparedQuery<{ id: string; count: number; lag: number; answered: number }, unknown>;

  constructor(engine: Engine) {
    const { dialect } = engine;
    this.#counts = prepare(engine, (db, value: Placeholders<Ids>) =>
      // Locked: the readings follow from the readings before.
      dialect.locked(
        db
          .selectFrom('promotions')
          .select(['id', 'held', 'provider_count', 'count_lag', 'count_answered'])
          .where(dialect.isAmong(sql.ref('id'), value('ids')))
          .orderBy('id'),
      ),
    );
    this.#others = prepare(engine, (db, value: Placeholders<Ids>) =>
      db
        .selectFrom('count_readings')
        .selectAll()
        .where(dialect.isAmong(sql.ref('promotion_id'), value('ids'))),
    );
    const columns = ['promotion_id', 'coupon_id'] as const;
    this.#openUses = columns.map((column) =>
      prepare(engine, (db, value: Placeholders<Ids>) =>
        db
          .selectFrom('redemptions')
          .select(['promotion_id', 'coupon_id', 'ledger_id', 'taken_sequence'])
          .where(dialect.isAmong(sql.ref(column), value('ids')))
          .where('status', '=', HELD)
          .where('taken_sequence', 'is not', null),
      ),
    );
    this.#openBetween = columns.map((column) =>
      prepare(engine, (db, value: Placeholders<Between>) =>
        db
          .selectFrom('redemptions')
          .select('number')
          .where(column, '=', value('id'))
          .where('status', '=', HELD)
          .where('taken_sequence', '>', value('from'))
          .where('taken_sequence', '<=', value('to'))
          .limit(sql.lit(1)),
      ),
    );
    this.#setCounts = prepare(
      engine,
      (db, value: Placeholders<{ id: string; count: number; lag: number; answered: number }>) =>
        db
          .updateTable('promotions')
          .set({ provider_count: value('count'), count_lag: value('lag'), count_answered: value('answered') })
          .where('id', '=', value('id')),
    );
  }

  /**
   * Adds the count of an answer. `isLatest`: no answer to a later call is stored, so it is the provider's current
   * count.
   */
  async add(
    id: string,
    { count, answeredAt, isLatest }: { count: number; answeredAt: number; isLatest: boolean },
    db: Db,
  ): Promise<void> {
    const stored = await this.#stored(id, db);
    if (!stored) return;
    const hasOpenUse = await this.#hasOpenUse(stored, answeredAt, db);
    const readings = addReading(stored.readings, { answeredAt, atLeast: count }, hasOpenUse);
    await this.save({ promotionId: id, providerCount: isLatest ? count : stored.provider_count, readings }, db);
  }

  /** Accepts the provider's number as the count, even if it is below what was proven. */
  async accept(id: string, count: number, answeredAt: number, db: Db): Promise<void> {
    const stored = await this.#stored(id, db);
    if (!stored) return;
    const hasOpenUse = await this.#hasOpenUse(stored, answeredAt, db);
    const reading = acceptCount(stored.readings, { count, answeredAt }, hasOpenUse);
    await this.save({ promotionId: id, providerCount: count, readings: [reading] }, db);
  }

  /** What the ledger has to know of the promotions whose uses providers may count. Locks the promotions. */
  async countsOf(ids: readonly string[], db: Db): Promise<PromotionCounts[]> {
    const stored = await this.#storedOf(ids, db);
    const several = stored.filter(({ readings }) => readings.length > 1).map(({ id }) => id);
    const open: OpenUse[] = [];
    if (several.length > 0) for (const uses of this.#openUses) open.push(...(await uses.all(db, { ids: several })));
    return stored.map(({ id, provider_count: providerCount, readings }) => ({
      promotionId: id,
      providerCount,
      readings,
      openUses: open.flatMap(({ promotion_id, coupon_id, ledger_id: ledgerId, taken_sequence: takenNumber }) => {
        const isOfThis = promotion_id === id || coupon_id === id;
        return isOfThis && takenNumber !== null ? [{ ledgerId, takenNumber }] : [];
      }),
    }));
  }

  async save(
    { promotionId: id, providerCount: count, readings }: Omit<PromotionCounts, 'openUses'>,
    db: Db,
  ): Promise<void> {
    const most = readings.at(-1);
    if (!most) throw new Error(`${id} is left without a reading of its count`);
    await this.#setCounts.run(db, { id, count, lag: most.atLeast - count, answered: most.answeredAt });
    if (readings.length === 1 && (await this.#others.first(db, { ids: [id] })) === undefined) return;
    await db.deleteFrom('count_readings').where('promotion_id', '=', id).execute();
    for (const { answeredAt, atLeast } of readings.slice(0, -1)) {
      const other = { promotion_id: id, answered_at: answeredAt, at_least: atLeast };
      await db.insertInto('count_readings').values(other).execute();
    }
  }

  async #stored(id: string, db: Db): Promise<StoredCounts | undefined> {
    return (await this.#storedOf([id], db))[0];
  }

  async #storedOf(ids: readonly string[], db: Db): Promise<StoredCounts[]> {
    const rows = await this.#counts.all(db, { ids });
    const others = Map.groupBy(await this.#others.all(db, { ids }), ({ promotion_id }) => promotion_id);
    return rows.map((row) => {
      const own = { answeredAt: row.count_answered, atLeast: row.provider_count + row.count_lag };
      const rest = others.get(row.id) ?? [];
      const readings = [own, ...rest.map((one) => ({ answeredAt: one.answered_at, atLeast: one.at_least }))];
      return { ...row, readings };
    });
  }

  /** Whether open uses were taken between two of the readings, or between one of them and a new one. */
  async #hasOpenUse({ id, held, readings }: StoredCounts, answeredAt: number, db: Db): Promise<HasOpenUse> {
    if (held === 0) return () => false;
    const moments = [...new Set([...readings.map((reading) => reading.answeredAt), answeredAt])];
    moments.sort((one, other) => one - other);
    /** The ends of the spans between neighbouring moments that have an open use. */
    const open: number[] = [];
    for (const [index, to] of moments.entries()) {
      const from = moments[index - 1];
      if (from === undefined) continue;
      for (const between of this.#openBetween) {
        if (await between.first(db, { id, from, to })) open.push(to);
      }
    }
    return (from, to) => open.some((end) => end > from && end <= to);
  }
}

type StoredCounts = Counts & { readings: CountReading[] };
