import { normalizedCode } from '../../domain/codes/code.ts';
import { isConflicting } from '../../domain/codes/code-conflict.ts';
import type { IdempotencyKey } from '../../domain/ledger/idempotency-key.ts';
import { LONGEST_LEASE_MS } from '../../domain/ledger/lease.ts';
import type { Instant, ProviderName } from '../../domain/promotion/promotion.ts';
import type { Db } from '../engines/engine.ts';
import { toPromoCode } from '../promotions/promotion-rows.ts';
import type { WriteRequest } from './write-request.ts';

/** A write to a provider that is about to be sent. */
interface Creation {
  provider: ProviderName;
  account: string;
  request: WriteRequest;
}

/**
 * Whether a live promo code of the account has the code that a write creates. Part of the transaction that records the
 * write, so that one of two processes sees the promo code of the other.
 */
export async function isCodeTaken(db: Db, { provider, account, request }: Creation, now: Instant): Promise<boolean> {
  const code = codeOf(request);
  if (code === null) return false;
  const rows = db.selectFrom('promotions').selectAll();
  const sameText = rows.where('normalized_code', '=', normalizedCode(code));
  for (const rival of await sameText.where('provider', '=', provider).where('account', '=', account).execute()) {
    const { coupon_id: couponId } = rival;
    const coupon = couponId === null ? undefined : await rows.where('id', '=', couponId).executeTakeFirst();
    if (isConflicting(toPromoCode(rival, coupon ?? null, now), customerOf(request))) return true;
  }
  return false;
}

/** The code of the promo code that a write creates, or creates a coupon for; null: it does neither. */
export function codeOf(request: WriteRequest): string | null {
  if (request.operation === 'createPromoCode') return request.promoCode.code;
  return request.operation === 'createPromoCode.coupon' ? request.code : null;
}

/** The only customer of that promo code; null: any. */
function customerOf(request: WriteRequest): string | null {
  if (request.operation === 'createPromoCode') return request.promoCode.customerId ?? null;
  return request.operation === 'createPromoCode.coupon' ? (request.customerId ?? null) : null;
}

/**
 * Whether another call is creating, or may have created, a promo code with the same normalized code. True from before
 * its coupon is created, if it needs one, until the outcome is known.
 */
export async function isCodeBeingCreated(
  db: Db,
  code: string,
  { provider, account, call }: Pick<Creation, 'provider' | 'account'> & { call: IdempotencyKey },
  now: Instant,
): Promise<boolean> {
  const rivals = db
    .selectFrom('intents')
    .leftJoin('idempotency_keys', (join) =>
      join
        .onRef('idempotency_keys.caller', '=', 'intents.caller')
        .onRef('idempotency_keys.key', '=', 'intents.idempotency_key'),
    )
    .select('intents.id')
    .where('intents.provider', '=', provider)
    .where('intents.account', '=', account)
    .where('intents.normalized_code', '=', normalizedCode(code))
    .where(({ not, and, eb }) =>
      not(and([eb('intents.caller', '=', call.caller), eb('intents.idempotency_key', '=', call.key)])),
    )
    .where((where) =>
      where.or([
        where('intents.sent_at', 'is not', null),
        where.and([
          where('idempotency_keys.leased_until', '>', now),
          where('idempotency_keys.leased_until', '<=', now + LONGEST_LEASE_MS),
        ]),
      ]),
    );
  return (await rivals.executeTakeFirst()) !== undefined;
}
