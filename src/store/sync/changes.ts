import { sql } from 'kysely';
import { redemptionId } from '../../domain/promotion/identity.ts';
import { type Database, type Prepared, parameter } from '../sqlite/database.ts';

/** Something that has changed, in whichever process. What it is now is in the store. */
export interface Change {
  /** In the order of the commits. */
  number: number;
  promotionId: string;
  /** The redemption that has changed, and the coupon behind its promo code; null: the promotion itself has. */
  redemption: { id: string; couponId: string | null } | null;
}

/** Whoever is further behind than this has missed some. */
const KEPT = 10_000;
/** As many as are read at once. */
const PAGE = 100;

interface ChangeRow {
  number: number;
  promotion_id: string;
  coupon_id: string | null;
  ledger_id: string | null;
}

/** What has changed lately. The database writes it down by itself, with the change. */
export class Changes {
  readonly #database: Database;
  readonly #latest: Prepared<object, { number: number | null }>;
  readonly #after: Prepared<{ number: number }, ChangeRow>;

  constructor(database: Database) {
    this.#database = database;
    const rows = database.build.selectFrom('changes');
    this.#latest = database.prepare(rows.select(sql<number | null>`max(number)`.as('number')));
    this.#after = database.prepare(
      rows.selectAll().where('number', '>', parameter<number>('number')).orderBy('number').limit(sql.lit(PAGE)),
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

  /** Forgets all but the last ones. */
  forgetOld(): void {
    const oldest = this.latest() - KEPT;
    this.#database.run(this.#database.build.deleteFrom('changes').where('number', '<=', oldest));
  }
}
