import { codeKey } from '../promo/code.ts';
import type { Database } from './database.ts';
import type { NewIntent } from './intents.ts';
import type { OwnedKey } from './keys.ts';

/**
 * The coupons that were made for promo codes which the provider then refused. Kept as the intents of those codes, without
 * an idempotency key.
 */
export class LeftOverCoupons {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * The promo code was refused: the coupon that was made for it is left over, for the next code of this caller's that wants
   * its terms. The key is free again.
   */
  leave(call: OwnedKey): void {
    this.#database.run(
      this.#database.build
        .updateTable('intents')
        .set({ idempotency_key: null, code_key: null })
        .where('caller', '=', call.caller)
        .where('idempotency_key', '=', call.key)
        .where('operation', '=', 'createPromoCode')
        .where('coupon_id', 'is not', null)
        .where('sent_at', 'is', null),
    );
  }

  /** The coupons that are left over of a caller's promo codes which were refused, oldest first. */
  of({ provider, account, call }: Pick<NewIntent, 'provider' | 'account' | 'call'>): string[] {
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

  /** Takes one of them for a call, as if the call had made it. False: another call was quicker. No two ever share one. */
  take(couponId: string, { call, code }: { call: OwnedKey; code: string }): boolean {
    const taken = this.#database.run(
      this.#database.build
        .updateTable('intents')
        .set({ idempotency_key: call.key, code, code_key: codeKey(code) })
        .where('coupon_id', '=', couponId)
        .where('caller', '=', call.caller)
        .where('idempotency_key', 'is', null),
    );
    return taken > 0;
  }

  /** The provider has this coupon no more, so nothing can go on from it. */
  forget(couponId: string): void {
    this.#database.run(
      this.#database.build.deleteFrom('intents').where('coupon_id', '=', couponId).where('sent_at', 'is', null),
    );
  }
}
