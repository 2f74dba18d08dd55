import { type SqlBool, sql } from 'kysely';
import type { ProviderName } from '../../domain/promotion/promotion.ts';
import type { Database } from '../sqlite/database.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';

/** The sort name in the cursors of {@link AccountWalk.notSeenSince}. */
const UNSEEN = 'UNSEEN';

/** An account at a provider. */
interface Owner {
  provider: ProviderName;
  account: string;
}

/** The active promotions of an account, in the orders that the synchronisation needs. */
export class AccountWalk {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The next older active coupon of an account; null: there is none. Starts with the newest if `after` is null. */
  nextCoupon({ provider, account }: Owner, after: string | null): string | null {
    const before = after === null ? undefined : this.#positionOf(after);
    const next = this.#database.row(
      this.#ofAccount({ provider, account })
        .select('id')
        .where('kind', '=', sql.lit('Coupon'))
        .$if(before !== undefined, (query) =>
          query.where(sql<SqlBool>`(created_at, tie) < (${before?.created_at}, ${before?.tie})`),
        )
        .orderBy('created_at', 'desc')
        .orderBy('tie', 'desc')
        .limit(1),
    );
    return next?.id ?? null;
  }

  /** A page of the account's promotions that no read has confirmed since a sequence number. `next` continues it. */
  notSeenSince(
    { provider, account, sequence }: Owner & { sequence: number },
    after: string | null,
    limit: number,
  ): { ids: string[]; next: string | null } {
    const position = (after === null ? null : decodeCursor(after, UNSEEN)) ?? { value: 0, tie: 0 };
    const rows = this.#database.rows(
      this.#ofAccount({ provider, account })
        .select(['id', 'read_sequence', 'tie'])
        .where('read_sequence', '<', sequence)
        .where(sql<SqlBool>`(read_sequence, tie) > (${position.value}, ${position.tie})`)
        .orderBy('read_sequence')
        .orderBy('tie')
        .limit(limit),
    );
    const last = rows.at(-1);
    return {
      ids: rows.map(({ id }) => id),
      next: last ? encodeCursor({ sort: UNSEEN, value: last.read_sequence, tie: last.tie }) : null,
    };
  }

  #positionOf(id: string) {
    return this.#database.row(
      this.#database.build.selectFrom('promotions').select(['created_at', 'tie']).where('id', '=', id),
    );
  }

  #ofAccount({ provider, account }: Owner) {
    return this.#database.build
      .selectFrom('promotions')
      .where('provider', '=', provider)
      .where('account', '=', account)
      .where('provider_active', '=', sql.lit(1));
  }
}
