import { codeKey } from '../promo/code.ts';
import { isRival } from '../promo/live-code.ts';
import type { Instant, ProviderName } from '../promo/promotion.ts';
import type { Database } from './database.ts';
import { toPromoCode } from './promotion-rows.ts';
import type { WriteRequest } from './write-request.ts';

/** A write to a provider that is about to be sent. */
interface Creation {
  provider: ProviderName;
  account: string;
  request: WriteRequest;
}

/**
 * Whether a live promo code of the account has the text of the promo code that a write makes. Part of the transaction
 * that records the write, so that of two processes one sees what the other has made.
 */
export function isCodeTaken(database: Database, { provider, account, request }: Creation, now: Instant): boolean {
  const code = codeOf(request);
  if (code === null) return false;
  const rows = database.build.selectFrom('promotions').selectAll();
  const sameText = rows.where('code_key', '=', codeKey(code));
  const rivals = database.rows(sameText.where('provider', '=', provider).where('account', '=', account));
  return rivals.some((rival) => {
    const coupon = rival.coupon_id === null ? undefined : database.row(rows.where('id', '=', rival.coupon_id));
    return isRival(toPromoCode(rival, coupon ?? null, now), customerOf(request));
  });
}

/** The promo code that a write makes, or makes a coupon for. */
export function codeOf(request: WriteRequest): string | null {
  if (request.operation === 'createPromoCode') return request.promoCode.code;
  return request.operation === 'createPromoCode.coupon' ? request.code : null;
}

/** The only customer of that promo code; null: anybody. */
function customerOf(request: WriteRequest): string | null {
  if (request.operation === 'createPromoCode') return request.promoCode.customerId ?? null;
  return request.operation === 'createPromoCode.coupon' ? (request.customerId ?? null) : null;
}
