import type { IdempotencyKey } from '../../domain/ledger/idempotency-key.ts';
import type { Instant } from '../../domain/promotion/promotion.ts';
import type { Db, Engine } from '../engines/engine.ts';
import { write } from '../engines/write.ts';
import type { NewPendingWrite } from './pending-write-row.ts';
import type { PendingWrites } from './pending-writes.ts';

/** A coupon that was created for a promo code which was not created. */
export interface OrphanCoupon {
  id: string;
  /** Null: its promo code was refused, and no call has claimed the coupon. */
  call: IdempotencyKey | null;
  couponId: string;
  code: string;
  since: Instant;
}

/**
 * Coupons that were created for promo codes which the provider then refused. Each is stored as the pending write of its
 * promo code, without an idempotency key.
 */
export class OrphanCoupons {
  readonly #engine: Engine;
  readonly #pendingWrites: PendingWrites;

  constructor(engine: Engine, pendingWrites: PendingWrites) {
    this.#engine = engine;
    this.#pendingWrites = pendingWrites;
  }

  /**
   * The promo code was refused: keeps its coupon for the caller's next promo code with the same terms. The idempotency
   * key becomes unused.
   */
  add(call: IdempotencyKey, db?: Db): Promise<void> {
    return write(this.#engine, db, async (transaction) => {
      await transaction
        .updateTable('intents')
        .set({ idempotency_key: null, normalized_code: null })
        .where('caller', '=', call.caller)
        .where('idempotency_key', '=', call.key)
        .where('operation', '=', 'createPromoCode')
        .where('coupon_id', 'is not', null)
        .where('sent_at', 'is', null)
        .execute();
    });
  }

  /** The orphan coupons of a caller, oldest first. */
  async of(
    { provider, account, call }: Pick<NewPendingWrite, 'provider' | 'account' | 'call'>,
    db: Db = this.#engine.reads,
  ): Promise<string[]> {
    const rows = await db
      .selectFrom('intents')
      .select('coupon_id')
      .where('caller', '=', call.caller)
      .where('idempotency_key', 'is', null)
      .where('provider', '=', provider)
      .where('account', '=', account)
      .where('operation', '=', 'createPromoCode')
      .orderBy('created_at')
      .execute();
    return rows.flatMap(({ coupon_id }) => coupon_id ?? []);
  }

  /**
   * Claims an orphan coupon for a call, under a new write id: the provider may know the earlier id as the refused
   * write.
   * @returns false when another call claimed it first
   */
  claim(
    couponId: string,
    intent: Pick<NewPendingWrite, 'provider' | 'account' | 'call'>,
    code: string,
    now: Instant,
    db?: Db,
  ): Promise<boolean> {
    return write(this.#engine, db, async (transaction) => {
      const { numDeletedRows: taken } = await transaction
        .deleteFrom('intents')
        .where('coupon_id', '=', couponId)
        .where('caller', '=', intent.call.caller)
        .where('idempotency_key', 'is', null)
        .executeTakeFirstOrThrow();
      if (taken > 0n) await this.#pendingWrites.recordCoupon(intent, { code, couponId }, now, transaction);
      return taken > 0n;
    });
  }

  /** All coupons whose promo code was not created. */
  async all(db: Db = this.#engine.reads): Promise<OrphanCoupon[]> {
    const rows = await db
      .selectFrom('intents')
      .selectAll()
      .where('sent_at', 'is', null)
      .where('coupon_id', 'is not', null)
      .orderBy('created_at')
      .execute();
    return rows.map(({ id, caller, idempotency_key, coupon_id, code, created_at }) => ({
      id,
      call: idempotency_key === null ? null : { caller, key: idempotency_key },
      couponId: coupon_id ?? '',
      code: code ?? '',
      since: created_at,
    }));
  }

  /**
   * Forgets an orphan coupon: a person has taken care of it.
   * @param id of the orphan
   * @returns false when a promo code has been created on it, or a call has claimed it under another id
   */
  close(id: string, db?: Db): Promise<boolean> {
    return write(this.#engine, db, async (transaction) => {
      // Locked: a call may be claiming it.
      const orphan = await this.#engine.dialect
        .locked(transaction.selectFrom('intents').select('id'))
        .where('id', '=', id)
        .where('sent_at', 'is', null)
        .where('coupon_id', 'is not', null)
        .executeTakeFirst();
      if (!orphan) return false;
      await this.#pendingWrites.complete(id, transaction);
      return true;
    });
  }

  /** The provider no longer has this coupon. */
  forget(couponId: string, db?: Db): Promise<void> {
    return write(this.#engine, db, async (transaction) => {
      await transaction.deleteFrom('intents').where('coupon_id', '=', couponId).where('sent_at', 'is', null).execute();
    });
  }
}
