import { PROVIDERS, type ProviderName } from './promotion.ts';

/** Which object of which provider account a promo code or coupon is. */
export interface PromotionKey {
  kind: 'PromoCode' | 'Coupon';
  provider: ProviderName;
  account: string;
  providerId: string;
}

/**
 * The id that clients keep. It is made of type, provider, account and provider id alone, so that it outlives the store
 * and is the same on every gateway. Opaque to clients.
 */
export function promotionId({ kind, provider, account, providerId }: PromotionKey): string {
  return encode([kind, provider, account, providerId]);
}

/** The key behind an id, or null for anything that is not exactly an id of ours. */
export function parsePromotionId(id: string): PromotionKey | null {
  const [kind, provider, account, providerId, ...rest] = decode(id);
  if ((kind !== 'PromoCode' && kind !== 'Coupon') || !account || !providerId || rest.length > 0) return null;
  const name = PROVIDERS.find((known) => known === provider);
  return name === undefined ? null : { kind, provider: name, account, providerId };
}

/** The public id of a redemption, built from its ledger id. */
export function redemptionId(ledgerId: string): string {
  return encode(['Redemption', ledgerId]);
}

/** The ledger id in a redemption's public id, or null for anything else. */
export function parseRedemptionId(id: string): string | null {
  const [kind, ledgerId, ...rest] = decode(id);
  return kind === 'Redemption' && ledgerId && rest.length === 0 ? ledgerId : null;
}

/** The id of a failed attempt, made of its number. */
export function attemptId(number: number): string {
  return encode(['FailedAttempt', String(number)]);
}

/** The number behind a failed attempt's id, or null for anything else. */
export function parseAttemptId(id: string): number | null {
  const [kind, number = '', ...rest] = decode(id);
  return kind === 'FailedAttempt' && /^\d{1,15}$/.test(number) && rest.length === 0 ? Number(number) : null;
}

function encode(parts: string[]): string {
  return Buffer.from(parts.map(encodeURIComponent).join(':')).toString('base64url');
}

function decode(id: string): string[] {
  try {
    const parts = Buffer.from(id, 'base64url').toString().split(':').map(decodeURIComponent);
    // base64url is read leniently; only the one spelling that we write is an id.
    return encode(parts) === id ? parts : [];
  } catch {
    return [];
  }
}
