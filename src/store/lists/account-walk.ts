import { type SqlBool, sql } from 'kysely';
import type { ProviderName } from '../../domain/promotion/promotion.ts';
import type { Db, Engine } from '../engines/engine.ts';
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
  readonly #engine: Pick<Engine, 'reads'>;

  constructor(engine: Pick<Engine, 'reads'>) {
    this.#engine = engine;
  }

  /** The next older active coupon of an account; null: there is none. Starts with the newest if `after` is null. */
  async nextCoupon(owner: Owner, after: string | null, db: Db = this.#engine.reads): Promise<string | null> {
    const before = after === null ? undefined : await positionOf(db, after);
    const next = await ofAccount(db, owner)
      .select('id')
      .where('kind', '=', sql.lit('Coupon'))
      .$if(before !== undefined, (query) =>
        query.where(sql<SqlBool>`(created_at, tie) < (${before?.created_at}, ${before?.tie})`),
      )
      .orderBy('created_at', 'desc')
      .orderBy('tie', 'desc')
      .limit(1)
      .executeTakeFirst();
    return next?.id ?? null;
  }

  /** A page of the account's promotions that no read has confirmed since a sequence number. `next` continues it. */
  async notSeenSince(
    { provider, account, sequence }: Owner & { sequence: number },
    after: string | null,
    limit: number,
    db: Db = this.#engine.reads,
  ): Promise<{ ids: string[]; next: string | null }> {
    const position = (after === null ? null : decodeCursor(after, UNSEEN)) ?? { value: 0, tie: 0 };
    const rows = await ofAccount(db, { provider, account })
      .select(['id', 'read_sequence', 'tie'])
      .where('read_sequence', '<', sequence)
      .where(sql<SqlBool>`(read_sequence, tie) > (${position.value}, ${position.tie})`)
      .orderBy('read_sequence')
      .orderBy('tie')
      .limit(limit)
      .execute();
    const last = rows.at(-1);
    return {
      ids: rows.map(({ id }) => id),
      next: last ? encodeCursor({ sort: UNSEEN, value: last.read_sequence, tie: last.tie }) : null,
    };
  }
}

function positionOf(db: Db, id: string) {
  return db.selectFrom('promotions').select(['created_at', 'tie']).where('id', '=', id).executeTakeFirst();
}

function ofAccount(db: Db, { provider, account }: Owner) {
  return db
    .selectFrom('promotions')
    .where('provider', '=', provider)
    .where('account', '=', account)
    .where('provider_active', '=', sql.lit(1));
}
