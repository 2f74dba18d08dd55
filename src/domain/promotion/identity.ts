import { PROVIDERS, type ProviderName } from './promotion.ts';

/** Identifies a promo code or coupon by its provider, account and the provider's id. */
export interface PromotionKey {
  kind: 'PromoCode' | 'Coupon';
  provider: ProviderName;
  account: string;
  providerId: string;
}

/**
 * The public id. It consists only of type, provider, account and provider id, so it is stable, even with a new store,
 * and the same on every gateway. Opaque to clients.
 */
export function promotionId({ kind, provider, account, providerId }: PromotionKey): string {
  return encode([kind, provider, account, providerId]);
}

/** The parts of a public id; null if the text is not exactly such an id. */
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

/** The ledger id in a redemption's public id; null if the text is not exactly such an id. */
export function parseRedemptionId(id: string): string | null {
  const [kind, ledgerId, ...rest] = decode(id);
  return kind === 'Redemption' && ledgerId && rest.length === 0 ? ledgerId : null;
}

/** The public id of a failed attempt, built from its number. */
export function attemptId(number: number): string {
  return encode(['FailedAttempt', String(number)]);
}

/** The number in a failed attempt's public id; null if the text is not exactly such an id. */
export function parseAttemptId(id: string): number | null {
  return parseNumbered('FailedAttempt', id);
}

/** The public id of a recorded refusal, built from its number. */
export function refusalId(number: number): string {
  return encode(['RecordedRefusal', String(number)]);
}

/** The number in a recorded refusal's public id; null if the text is not exactly such an id. */
export function parseRefusalId(id: string): number | null {
  return parseNumbered('RecordedRefusal', id);
}

function parseNumbered(expected: string, id: string): number | null {
  const [kind, number = '', ...rest] = decode(id);
  return kind === expected && /^\d{1,15}$/.test(number) && rest.length === 0 ? Number(number) : null;
}

function encode(parts: string[]): string {
  return Buffer.from(parts.map(encodeURIComponent).join(':')).toString('base64url');
}

function decode(id: string): string[] {
  const bytes = Buffer.from(id, 'base64url');
  // Node decodes base64url leniently. Only the canonical spelling is an id.
  if (bytes.toString('base64url') !== id) return [];
  const text = bytes.toString();
  // The ids of most providers contain nothing that is escaped.
  if (UNESCAPED.test(text)) return text.split(':');
  try {
    const parts = text.split(':').map(decodeURIComponent);
    return encode(parts) === id ? parts : [];
  } catch {
    return [];
  }
}

/** Text that `encodeURIComponent` returns as it is, and the colons between the parts. */
const UNESCAPED = /^[\w.!~*'():-]*$/;
