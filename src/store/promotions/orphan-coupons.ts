import type { Instant } from '../../domain/promotion/promotion.ts';
import type { Database } from '../sqlite/database.ts';
import type { IdempotencyKey } from '../writes/idempotent-call.ts';
import type { NewPendingWrite } from '../writes/pending-write-row.ts';
import type { PendingWrites } from '../writes/pending-writes.ts';

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
  readonly #database: Database;
  readonly #pendingWrites: PendingWrites;

  constructor(database: Database, pendingWrites: PendingWrites) {
    this.#database = database;
    this.#pendingWrites = pendingWrites;
  }

  /**
   * The promo code was refused: keeps its coupon for the caller's next promo code with the same terms. The idempotency
   * key becomes unused.
   */
  add(call: IdempotencyKey): void {
    this.#database.run(
      this.#database.build
        .updateTable('intents')
        .set({ idempotency_key: null, normalized_code: null })
        .where('caller', '=', call.caller)
        .where('idempotency_key', '=', call.key)
        .where('operation', '=', 'createPromoCode')
        .where('coupon_id', 'is not', null)
        .where('sent_at', 'is', null),
    );
  }

  /** The orphan coupons of a caller, oldest first. */
  of({ provider, account, call }: Pick<NewPendingWrite, 'provider' | 'account' | 'call'>): string[] {
    const rows = this.#database.build
      .selectFrom('intents')
      .select('coupon_id')
      .where('caller', '=', call.caller)
      .where('idempotency_key', 'is', null)
      .where('provider', '=', provider)
      .where('account', '=', account)
      .where('operation', '=', 'createPromoCode')
      .orderBy('created_at');
    return this.#database.rows(rows).flatMap(({ coupon_id }) => coupon_id ?? []);
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
  ): boolean {
    return this.#database.transaction(() => {
      const taken = this.#database.run(
        this.#database.build
          .deleteFrom('intents')
          .where('coupon_id', '=', couponId)
          .where('caller', '=', intent.call.caller)
          .where('idempotency_key', 'is', null),
      );
      if (taken > 0) this.#pendingWrites.recordCoupon(intent, { code, couponId }, now);
      return taken > 0;
    });
  }

  /** All coupons whose promo code was not created. */
  all(): OrphanCoupon[] {
    return this.#database
      .rows(
        this.#database.build
          .selectFrom('intents')
          .selectAll()
          .where('sent_at', 'is', null)
          .where('coupon_id', 'is not', null)
          .orderBy('created_at'),
      )
      .map(({ id, caller, idempotency_key, coupon_id, code, created_at }) => ({
        id,
        call: idempotency_key === null ? null : { caller, key: idempotency_key },
        couponId: coupon_id ?? '',
        code: code ?? '',
        since: created_at,
      }));
  }

  /** The provider no longer has this coupon. */
  forget(couponId: string): void {
    this.#database.run(
      this.#database.build.deleteFrom('intents').where('coupon_id', '=', couponId).where('sent_at', 'is', null),
    );
  }
}
