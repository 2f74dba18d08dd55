import type { Selectable, Updateable } from 'kysely';
import type { Instant, ProviderName } from '../../domain/promotion/promotion.ts';
import type { Sequence } from '../sequence.ts';
import type { Database } from '../sqlite/database.ts';
import { isLeased, LeaseLostError } from '../writes/leases.ts';
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
  readonly #database: Database;
  readonly #sequence: Sequence;

  constructor(database: Database, sequence: Sequence) {
    this.#database = database;
    this.#sequence = sequence;
  }

  /** When the last complete round ended; null: none has. */
  finishedAt(owner: Owner): Instant | null {
    return this.#row(owner)?.finished_at ?? null;
  }

  /** Leases the account's interrupted round, or a new one. @returns null while another process runs it */
  claim(owner: Owner, now: Instant, leasedUntil: Instant): SyncRound | null {
    return this.#database.transaction(() => {
      const row = this.#row(owner);
      if (row && isLeased(row.leased_until, now)) return null;
      const isResumable = row && row.phase !== 'DONE' && row.started_at > now - RESUMABLE_MS && row.started_at <= now;
      const token = this.#sequence.next();
      const round = isResumable
        ? { ...toRound(row), token }
        : newRound(owner, { sequence: this.#sequence.next(), token }, now);
      const { provider, account } = round;
      const columns = { ...columnsOf(round), finished_at: row?.finished_at ?? null, leased_until: leasedUntil };
      this.#database.run(
        this.#database.build
          .insertInto('sync_rounds')
          .values({ provider, account, ...columns })
          .onConflict((conflict) => conflict.columns(['provider', 'account']).doUpdateSet(columns)),
      );
      return round;
    });
  }

  /**
   * Checks that the lease is still this process's. Part of the transaction of each step that has an effect.
   * @throws {LeaseLostError}
   */
  assertLeased(round: SyncRound): void {
    if (this.#row(round)?.token !== round.token) throw new LeaseLostError();
  }

  /**
   * Saves the progress of a round and extends its lease.
   * @throws {LeaseLostError}
   */
  save(round: SyncRound, leasedUntil: Instant, finishedAt = this.finishedAt(round)): void {
    const columns = { ...columnsOf(round), finished_at: finishedAt, leased_until: leasedUntil };
    if (this.#update(round, columns) === 0) throw new LeaseLostError();
  }

  /**
   * Extends the lease to `leasedUntil`. Does not wait long for a locked store.
   * @throws {LeaseLostError}
   */
  renew(round: SyncRound, leasedUntil: Instant): void {
    const renewed = this.#database.briefly(() => this.#update(round, { leased_until: leasedUntil }));
    if (renewed === 0) throw new LeaseLostError();
  }

  #update({ provider, account, token }: SyncRound, columns: Updateable<SyncRoundTable>): number {
    return this.#database.run(
      this.#database.build
        .updateTable('sync_rounds')
        .set(columns)
        .where('provider', '=', provider)
        .where('account', '=', account)
        .where('token', '=', token),
    );
  }

  #row({ provider, account }: Owner): Selectable<SyncRoundTable> | undefined {
    return this.#database.row(
      this.#database.build
        .selectFrom('sync_rounds')
        .selectAll()
        .where('provider', '=', provider)
        .where('account', '=', account),
    );
  }
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
