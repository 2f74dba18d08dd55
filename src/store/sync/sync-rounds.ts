import type { Selectable, Updateable } from 'kysely';
import type { Instant, ProviderName } from '../../domain/promotion/promotion.ts';
import type { Sequence } from '../sequence.ts';
import type { Database } from '../sqlite/database.ts';
import type { SyncRoundTable } from '../tables.ts';
import { isLeased, LeaseLostError } from '../writes/leases.ts';

/** One walk over all that an account has, and how far it has come. */
export interface SyncRound {
  provider: ProviderName;
  account: string;
  /** LIST: its coupons, or both kinds where they are one list. CODES: coupon by coupon. VANISHED: what was not seen. */
  phase: 'LIST' | 'CODES' | 'VANISHED' | 'DONE';
  /** Where the phase goes on; null: at its beginning. */
  cursor: string | null;
  /** CODES: the coupon whose codes are being listed, by our id. */
  couponId: string | null;
  /** The ledger's sequence number at its beginning: what was read since has been seen. */
  sequence: number;
  /** How many promotions it has seen. */
  seen: number;
  /** False once the provider has told something that could not be read. */
  isComplete: boolean;
  startedAt: Instant;
  /** The number of the claim under which it is done. */
  token: number;
}

/** A round that was left for longer begins anew: its cursors mean nothing any more. */
const RESUMED_FOR = 24 * 60 * 60 * 1000;

/** How far the synchronisation of each account has come, so that another process goes on from there. */
export class SyncRounds {
  readonly #database: Database;
  readonly #sequence: Sequence;

  constructor(database: Database, sequence: Sequence) {
    this.#database = database;
    this.#sequence = sequence;
  }

  /** When the last whole round ended; null: none has yet. */
  finishedAt(owner: Owner): Instant | null {
    return this.#row(owner)?.finished_at ?? null;
  }

  /** Claims the account's round, the one that was left or a new one. Null: another process has it. */
  claim(owner: Owner, now: Instant, leasedUntil: Instant): SyncRound | null {
    return this.#database.transaction(() => {
      const row = this.#row(owner);
      if (row && isLeased(row.leased_until, now)) return null;
      const isLeft = row && row.phase !== 'DONE' && row.started_at > now - RESUMED_FOR && row.started_at <= now;
      const token = this.#sequence.next();
      const round = isLeft ? { ...toRound(row), token } : begun(owner, { sequence: this.#sequence.next(), token }, now);
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
   * Makes sure that nobody has taken the round over. Part of the transaction of each step that has an effect.
   * @throws {LeaseLostError}
   */
  assertLeased(round: SyncRound): void {
    if (this.#row(round)?.token !== round.token) throw new LeaseLostError();
  }

  /**
   * Keeps how far a round has come.
   * @throws {LeaseLostError}
   */
  save(round: SyncRound, leasedUntil: Instant, finishedAt = this.finishedAt(round)): void {
    const columns = { ...columnsOf(round), finished_at: finishedAt, leased_until: leasedUntil };
    if (this.#update(round, columns) === 0) throw new LeaseLostError();
  }

  /**
   * The round goes on: its claim holds until `leasedUntil`. Does not wait long for a store that is locked.
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

function begun({ provider, account }: Owner, numbers: { sequence: number; token: number }, now: Instant): SyncRound {
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
