import type { Instant } from '../../domain/promotion/promotion.ts';
import type { Database } from '../sqlite/database.ts';
import type { IdempotencyKey } from '../writes/idempotency-keys.ts';
import type { NewPendingWrite, PendingWrites } from '../writes/pending-writes.ts';

/** A coupon that was made for a promo code which has not been made since. */
export interface OrphanCoupon {
  id: string;
  /** Null: its code was refused, and no call goes on from it until one takes it. */
  call: IdempotencyKey | null;
  couponId: string;
  code: string;
  since: Instant;
}

/**
 * The coupons that were made for promo codes which the provider then refused. Kept as the intents of those codes, without
 * an idempotency key.
 */
export class OrphanCoupons {
  readonly #database: Database;
  readonly #pendingWrites: PendingWrites;

  constructor(database: Database, pendingWrites: PendingWrites) {
    this.#database = database;
    this.#pendingWrites = pendingWrites;
  }

  /**
   * The promo code was refused: the coupon that was made for it is left over, for the next code of this caller's that wants
   * its terms. The key is free again.
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

  /** The coupons that are left over of a caller's promo codes which were refused, oldest first. */
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
   * Takes one of them for a call, as if the call had just made it, with an intent of its own: an earlier one may be known
   * to the provider as the refused write. False: another call was quicker. No two ever share one.
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

  /** The coupons that were made for promo codes which then were not. */
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

  /** The provider has this coupon no more, so nothing can go on from it. */
  forget(couponId: string): void {
    this.#database.run(
      this.#database.build.deleteFrom('intents').where('coupon_id', '=', couponId).where('sent_at', 'is', null),
    );
  }
}
