import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Instant } from '../../domain/promotion/promotion.ts';
import type { RedemptionStatus } from '../../domain/redemption/redemption.ts';
import type { Db, Engine } from '../engines/engine.ts';
import { type Placeholders, type PreparedQuery, prepare } from '../engines/prepared.ts';
import type { PromotionRow } from '../tables.ts';

type At = { ids: readonly string[]; now: Instant };

/** How many uses of a promotion are held. A hold that has ended is none, even before the ledger has released it. */
export class HeldCounts {
  readonly #withEnded: PreparedQuery<At, PromotionRow & { ended: number }>;

  constructor(engine: Engine) {
    this.#withEnded = prepare(engine, (db, value: Placeholders<At>) => {
      const ended = (column: 'promotion_id' | 'coupon_id'): RawBuilder<number> =>
        sql`(${db
          .selectFrom('redemptions')
          .select(sql<number>`count(*)`.as('ended'))
          .where(sql<SqlBool>`${sql.ref(column)} = promotions.id`)
          .where('status', '=', sql.lit<RedemptionStatus>('HELD'))
          .where('held_until', '<=', value('now'))})`;
      return db
        .selectFrom('promotions')
        .selectAll()
        .select(sql<number>`${ended('promotion_id')} + ${ended('coupon_id')}`.as('ended'))
        .where(engine.dialect.isAmong(sql.ref('id'), value('ids')));
    });
  }

  /** The rows as they are at `now`. Costs a query only if a hold may have ended that the ledger has not released. */
  async at(now: Instant, rows: readonly PromotionRow[], db: Db): Promise<readonly PromotionRow[]> {
    const ids = rows.filter((row) => mayHaveEnded(row, now)).map(({ id }) => id);
    if (ids.length === 0) return rows;
    // Reads the rows again, because the holds may have been released since.
    const current = (await this.#withEnded.all(db, { ids, now })).map(({ ended, ...row }) => {
      return { ...row, held: Math.max(0, row.held - ended) };
    });
    const byId = new Map(current.map((row) => [row.id, row]));
    return rows.map((row) => byId.get(row.id) ?? row);
  }
}

/** Whether a hold of a promotion may have ended that the ledger has not released. */
export function mayHaveEnded({ held, next_release: release }: PromotionRow, now: Instant): boolean {
  return held > 0 && release !== null && release <= now;
}
