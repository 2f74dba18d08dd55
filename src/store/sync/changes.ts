import { sql } from 'kysely';
import { redemptionId } from '../../domain/promotion/identity.ts';
import { type Database, type Prepared, parameter } from '../sqlite/database.ts';

/** A change, made by any process. The new state is in the store. */
export interface Change {
  /** In the order of the commits. */
  number: number;
  promotionId: string;
  /** The redemption that changed, and the coupon of its promo code; null: the promotion itself changed. */
  redemption: { id: string; couponId: string | null } | null;
}

/** How many changes are kept. A reader that lags by more has missed some. */
const KEPT_CHANGES = 10_000;
/** How many changes one read returns. */
const PAGE_SIZE = 100;

interface ChangeRow {
  number: number;
  promotion_id: string;
  coupon_id: string | null;
  ledger_id: string | null;
}

/** The latest changes. Triggers of the database record each one in its own transaction. */
export class Changes {
  readonly #database: Database;
  readonly #latest: Prepared<object, { number: number | null }>;
  readonly #after: Prepared<{ number: number }, ChangeRow>;

  constructor(database: Database) {
    this.#database = database;
    const rows = database.build.selectFrom('changes');
    this.#latest = database.prepare(rows.select(sql<number | null>`max(number)`.as('number')));
    this.#after = database.prepare(
      rows.selectAll().where('number', '>', parameter<number>('number')).orderBy('number').limit(sql.lit(PAGE_SIZE)),
    );
  }

  /** The number of the last change; 0 before the first. */
  latest(): number {
    return this.#latest.get({})?.number ?? 0;
  }

  /** The next changes after a number. */
  after(number: number): Change[] {
    return this.#after.all({ number }).map((row) => ({
      number: row.number,
      promotionId: row.promotion_id,
      redemption: row.ledger_id === null ? null : { id: redemptionId(row.ledger_id), couponId: row.coupon_id },
    }));
  }

  /** Deletes old changes. */
  deleteOld(): void {
    const oldest = this.latest() - KEPT_CHANGES;
    this.#database.run(this.#database.build.deleteFrom('changes').where('number', '<=', oldest));
  }
}
