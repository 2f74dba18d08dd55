import type { Selectable, Updateable } from 'kysely';
import { isLeased, type LeaseClock, LeaseLostError, leaseEnd } from '../../domain/ledger/lease.ts';
import type { Instant, ProviderName } from '../../domain/promotion/promotion.ts';
import type { Db, Engine } from '../engines/engine.ts';
import { write } from '../engines/write.ts';
import type { SyncRoundTable } from './sync-tables.ts';

/** One pass over all promotions of an account, and its progress. */
export interface SyncRound {
  provider: ProviderName;
  account: string;
  /**
   * LIST: coupons, or both kinds where they share a list. CODES: promo codes by coupon. VANISHED: promotions not seen.
   */
  phase: 'LIST' | 'CODES' | 'VANISHED' | 'DONE';
  /** Where the phase continues; null: at its beginning. */
  cursor: string | null;
  /** CODES: our id of the coupon whose promo codes are listed. */
  couponId: string | null;
  /** The sequence number at its start. Promotions read since then have been seen. */
  sequence: number;
  /** How many promotions it has seen. */
  seen: number;
  /** False once an entry of the provider could not be read. */
  isComplete: boolean;
  startedAt: Instant;
  /** The fencing token of its lease. */
  token: number;
}

/**
 * An interrupted round resumes for this long, in milliseconds. Later its cursors are invalid and a new round starts.
 */
const RESUMABLE_MS = 24 * 60 * 60 * 1000;

/** The progress of each account's synchronisation, so that another process can continue. */
export class SyncRounds {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** When the last complete round ended; null: none has. */
  async finishedAt(owner: Owner, db: Db = this.#engine.reads): Promise<Instant | null> {
    return (await rowOf(owner, db).executeTakeFirst())?.finished_at ?? null;
  }

  /** Leases the account's interrupted round, or a new one. @returns null while another process runs it */
  claim(owner: Owner, clock: LeaseClock, db?: Db): Promise<SyncRound | null> {
    const { dialect } = this.#engine;
    return write(this.#engine, db, async (transaction) => {
      await dialect.lock(transaction, [`synchronisation of ${owner.provider} ${owner.account}`]);
      // Locked: the process whose lease has lapsed may be saving its progress.
      const row = await dialect.locked(rowOf(owner, transaction)).executeTakeFirst();
      const now = clock();
      if (row && isLeased(row.leased_until, now)) return null;
      const isResumable = row && row.phase !== 'DONE' && row.started_at > now - RESUMABLE_MS && row.started_at <= now;
      const [token = 0, sequence = 0] = await dialect.nextNumbers(transaction, 2);
      const round = isResumable ? { ...toRound(row), token } : newRound(owner, { sequence, token }, now);
      const { provider, account } = round;
      const columns = { ...columnsOf(round), finished_at: row?.finished_at ?? null, leased_until: leaseEnd(clock) };
      await transaction
        .insertInto('sync_rounds')
        .values({ provider, account, ...columns })
        .onConflict((conflict) => conflict.columns(['provider', 'account']).doUpdateSet(columns))
        .execute();
      return round;
    });
  }

  /**
   * Checks that the lease is still this process's. Part of the transaction of each step that has an effect.
   * @throws {LeaseLostError}
   */
  async assertLeased(round: SyncRound, db: Db): Promise<void> {
    const row = await this.#engine.dialect
      .locked(db.selectFrom('sync_rounds').select('token'))
      .where('provider', '=', round.provider)
      .where('account', '=', round.account)
      .executeTakeFirst();
    if (row?.token !== round.token) throw new LeaseLostError();
  }

  /**
   * Saves the progress of a round, or its end, and extends its lease.
   * @throws {LeaseLostError}
   */
  save(round: SyncRound, clock: LeaseClock, db?: Db): Promise<void> {
    return write(this.#engine, db, (transaction) => {
      const finished = round.phase === 'DONE' ? { finished_at: clock() } : {};
      return update(round, { ...columnsOf(round), ...finished, leased_until: leaseEnd(clock) }, transaction);
    });
  }

  /**
   * Extends the lease. Does not wait long for a locked store.
   * @throws {LeaseLostError}
   */
  renew(round: SyncRound, clock: LeaseClock): Promise<void> {
    return this.#engine.briefly((db) => update(round, { leased_until: leaseEnd(clock) }, db));
  }

  /**
   * Ends the lease, so that another process can continue the round. Does not wait long for a locked store.
   * @throws {LeaseLostError}
   */
  release(round: SyncRound): Promise<void> {
    // 0 has lapsed for any clock.
    return this.#engine.briefly((db) => update(round, { leased_until: 0 }, db));
  }
}

/** @throws {LeaseLostError} */
async function update(
  { provider, account, token }: SyncRound,
  columns: Updateable<SyncRoundTable>,
  db: Db,
): Promise<void> {
  const { numUpdatedRows: updated } = await db
    .updateTable('sync_rounds')
    .set(columns)
    .where('provider', '=', provider)
    .where('account', '=', account)
    .where('token', '=', token)
    .executeTakeFirstOrThrow();
  if (updated === 0n) throw new LeaseLostError();
}

function rowOf({ provider, account }: Owner, db: Db) {
  return db.selectFrom('sync_rounds').selectAll().where('provider', '=', provider).where('account', '=', account);
}

interface Owner {
  provider: ProviderName;
  account: string;
}

function newRound({ provider, account }: Owner, numbers: { sequence: number; token: number }, now: Instant): SyncRound {
  const start = { phase: 'LIST', cursor: null, couponId: null, seen: 0, isComplete: true } as const;
  return { provider, account, ...start, ...numbers, startedAt: now };
}

function columnsOf({ phase, cursor, couponId, sequence, seen, isComplete, startedAt, token }: SyncRound) {
  return {
    phase,
    cursor,
    coupon_id: couponId,
    sequence,
    seen,
    is_complete: isComplete ? (1 as const) : (0 as const),
    started_at: startedAt,
    token,
  };
}

function toRound(row: Selectable<SyncRoundTable>): SyncRound {
  const { provider, account, phase, cursor, coupon_id: couponId, sequence, seen, is_complete, started_at, token } = row;
  return {
    provider,
    account,
    phase,
    cursor,
    couponId,
    sequence,
    seen,
    isComplete: is_complete === 1,
    startedAt: started_at,
    token,
  };
}
