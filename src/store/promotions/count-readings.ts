import { sql } from 'kysely';
import {
  acceptCount,
  addReading,
  type CountReading,
  countUse,
  type HasOpenUse,
} from '../../domain/redemption/count-evidence.ts';
import { type Database, type Prepared, parameter } from '../sqlite/database.ts';
import type { PromotionRow } from '../tables.ts';
import type { CountReadingTable } from './promotion-tables.ts';

type Counts = Pick<PromotionRow, 'id' | 'held' | 'provider_count' | 'count_lag' | 'count_answered'>;

/**
 * What provider answers have proven about their counts (see domain/redemption/count-evidence.ts). The reading that
 * proves most is on the promotion's own row. The others, which open uses require, are few and have their own table.
 */
export class CountReadings {
  readonly #database: Database;
  readonly #countsOf: Prepared<{ id: string }, Counts>;
  readonly #othersOf: Prepared<{ id: string }, CountReadingTable>;
  readonly #setCounts: Prepared<{ id: string; count: number; lag: number; answered: number }>;
  readonly #openBetween: Prepared<{ id: string; from: number; to: number }, { number: number }>[];

  constructor(database: Database) {
    const { build } = database;
    const id = parameter<string>('id');
    this.#database = database;
    this.#countsOf = database.prepare(
      build
        .selectFrom('promotions')
        .select(['id', 'held', 'provider_count', 'count_lag', 'count_answered'])
        .where('id', '=', id),
    );
    this.#othersOf = database.prepare(build.selectFrom('count_readings').selectAll().where('promotion_id', '=', id));
    this.#setCounts = database.prepare(
      build
        .updateTable('promotions')
        .set({ provider_count: parameter('count'), count_lag: parameter('lag'), count_answered: parameter('answered') })
        .where('id', '=', id),
    );
    this.#openBetween = (['promotion_id', 'coupon_id'] as const).map((column) =>
      database.prepare(
        build
          .selectFrom('redemptions')
          .select('number')
          .where(column, '=', id)
          .where('status', '=', sql.lit('HELD'))
          .where('taken_sequence', '>', parameter<number>('from'))
          .where('taken_sequence', '<=', parameter<number>('to'))
          .limit(sql.lit(1)),
      ),
    );
  }

  /**
   * Adds the count of an answer. `isLatest`: no answer to a later call is stored, so it is the provider's current
   * count.
   */
  add(id: string, { count, answeredAt, isLatest }: { count: number; answeredAt: number; isLatest: boolean }): void {
    const counts = this.#countsOf.get({ id });
    if (!counts) return;
    const reading = { answeredAt, atLeast: count };
    const readings = addReading(this.#readingsOf(counts), reading, this.#hasOpenUse(counts));
    this.#store(counts, readings, isLatest ? count : counts.provider_count);
  }

  /**
   * Records that the provider counts a use of these promotions. `takenAt`: the sequence number when the use was taken.
   */
  countUse(ids: readonly string[], takenAt: number): void {
    for (const id of ids) {
      const counts = this.#countsOf.get({ id });
      if (!counts) continue;
      const readings = countUse(this.#readingsOf(counts), takenAt, this.#hasOpenUse(counts));
      this.#store(counts, readings, counts.provider_count);
    }
  }

  /** Accepts the provider's number as the count, even if it is below what was proven. */
  accept(id: string, count: number, answeredAt: number): void {
    const counts = this.#countsOf.get({ id });
    if (!counts) return;
    const reading = acceptCount(this.#readingsOf(counts), { count, answeredAt }, this.#hasOpenUse(counts));
    this.#store(counts, [reading], count);
  }

  #readingsOf(counts: Counts): CountReading[] {
    const own = { answeredAt: counts.count_answered, atLeast: counts.provider_count + counts.count_lag };
    const others = this.#othersOf.all({ id: counts.id });
    return [own, ...others.map(({ answered_at, at_least }) => ({ answeredAt: answered_at, atLeast: at_least }))];
  }

  #hasOpenUse({ id, held }: Counts): HasOpenUse {
    if (held === 0) return () => false;
    return (from, to) => from < to && this.#openBetween.some((open) => open.get({ id, from, to }) !== undefined);
  }

  #store({ id }: Counts, readings: CountReading[], count: number): void {
    const { build } = this.#database;
    const most = readings.at(-1);
    if (!most) throw new Error(`${id} is left without a reading of its count`);
    this.#setCounts.run({ id, count, lag: most.atLeast - count, answered: most.answeredAt });
    if (readings.length === 1 && this.#othersOf.get({ id }) === undefined) return;
    this.#database.run(build.deleteFrom('count_readings').where('promotion_id', '=', id));
    for (const { answeredAt, atLeast } of readings.slice(0, -1)) {
      const other = { promotion_id: id, answered_at: answeredAt, at_least: atLeast };
      this.#database.run(build.insertInto('count_readings').values(other));
    }
  }
}
