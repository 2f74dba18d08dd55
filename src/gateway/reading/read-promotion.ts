import { type PromotionKey, promotionId } from '../../domain/promotion/identity.ts';
import type { Promotion, ProviderName } from '../../domain/promotion/promotion.ts';
import { refreshAt } from '../../domain/provider/cache-ages.ts';
import { withUrgency } from '../../domain/provider/call-origin.ts';
import { uncancelled } from '../../domain/provider/cancellation.ts';
import { type Provider, ProviderError } from '../../domain/provider/provider.ts';
import { inSpan } from '../../telemetry/span.ts';
import { type Gateway, isFresh, untilNextAsk } from '../core/gateway.ts';
import { refreshPromotion } from './refresh-promotion.ts';

/** Where a read may take its answer from: the cache while it is fresh, the provider now, or the cache alone. */
export type ReadPolicy = 'CACHED' | 'FRESH' | 'CACHE_ONLY';

/**
 * JUDGED is for whoever is to judge by what is read: it is fresh, or was asked for just now; it is never read behind.
 * GUESSED is the same for somebody who is not to learn what is held: what cannot be redeemed counts as not held, so that
 * as much is asked, and takes as long, as for a code that nobody has.
 */
export type AnyPolicy = ReadPolicy | 'JUDGED' | 'BLIND';

/**
 * A promo code or coupon by id; null for an id that nobody knows or that is not one. While the provider is out of
 * reach, what is held is served, marked as unconfirmed, unless it is older than the settings allow.
 * @throws {ProviderError} when the provider is out of reach and nothing is held that may be served
 */
export async function readPromotion(gateway: Gateway, id: string, policy: AnyPolicy): Promise<Promotion | null> {
  return inSpan('readPromotion', {}, () => {
    return serve(gateway, id, gateway.store.promotions.get(id, gateway.clock()), policy);
  });
}

/** Several at once, each in its own slot, as is what each of them fails with: the store is read once for all. */
export async function readPromotions(
  gateway: Gateway,
  ids: readonly string[],
  policy: ReadPolicy,
): Promise<(Promotion | null | Error)[]> {
  return inSpan('readPromotions', {}, () => {
    const held = gateway.store.promotions.getMany(ids, gateway.clock());
    return Promise.all(ids.map((id, index) => serve(gateway, id, held[index] ?? null, policy).catch(asError)));
  });
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/**
 * Serves a promotion from the store or from the provider, by the policy. An id that the provider did not know a short while
 * ago is asked for again by a read with the policy FRESH alone, unless something has brought it into the store since.
 */
async function serve(
  gateway: Gateway,
  id: string,
  held: Promotion | null,
  policy: AnyPolicy,
): Promise<Promotion | null> {
  const key = gateway.accounts.keyOf(id);
  if (!key) return null;
  const provider = gateway.accounts.find(key.provider, key.account);
  if (!provider || policy === 'CACHE_ONLY') return held;
  if (!held && policy !== 'FRESH' && gateway.unknownIds.covers(id, gateway.clock())) {
    gateway.countRead('HIT');
    return null;
  }
  const due = held ? refreshNeeded(gateway, held, policy) : 'BEFORE_ANSWER';
  if (due === 'IN_BACKGROUND') refreshBehind(gateway, provider, key);
  if (due !== 'BEFORE_ANSWER') {
    gateway.countRead(due === 'IN_BACKGROUND' ? 'STALE_HIT' : 'HIT');
    return held;
  }
  const period = untilNextAsk(gateway, key.provider);
  try {
    await refreshPromotion(gateway, provider, key);
    gateway.countRead('MISS');
    const promotion = gateway.store.promotions.get(id, gateway.clock());
    if (!promotion) gateway.unknownIds.add(id, period);
    return promotion;
  } catch (error) {
    const kept = gateway.store.promotions.get(id, gateway.clock());
    if (!(error instanceof ProviderError) || !kept || isTooOld(gateway, kept)) throw error;
    gateway.countRead('STALE_IF_ERROR');
    return { ...kept, isUnconfirmed: true };
  }
}

/**
 * The same by the provider's own id; without an account, of the provider's first.
 * @throws {ProviderError} when the provider is out of reach and nothing is held that may be served
 */
export async function readByProviderId(
  gateway: Gateway,
  wanted: { kind: 'PromoCode' | 'Coupon'; provider: ProviderName; account: string | undefined; providerId: string },
  policy: ReadPolicy,
): Promise<Promotion | null> {
  const account = wanted.account ?? gateway.accounts.find(wanted.provider)?.account;
  // Half a surrogate pair can be in no id.
  if (!account || wanted.providerId === '' || !(account + wanted.providerId).isWellFormed()) return null;
  return readPromotion(gateway, promotionId({ ...wanted, account }), policy);
}

/** Whether the provider is to be asked about what is held: not at all, behind the answer, or before it. */
export function refreshNeeded(
  gateway: Gateway,
  held: Promotion,
  policy: AnyPolicy,
): 'NONE' | 'IN_BACKGROUND' | 'BEFORE_ANSWER' {
  if (policy === 'CACHE_ONLY') return 'NONE';
  if (policy === 'FRESH') return 'BEFORE_ANSWER';
  if (isFresh(gateway, held)) return 'NONE';
  const isJudged = policy === 'JUDGED' || policy === 'BLIND';
  return isJudged || held.isDue ? 'BEFORE_ANSWER' : refreshAt(gateway.clock() - held.asOf, gateway.ages[held.provider]);
}

/** Reads anew while the answer goes out; a provider that is out of reach is asked again by the next read. */
export function refreshBehind(gateway: Gateway, provider: Provider, key: PromotionKey): void {
  uncancelled(() => withUrgency('READ', () => refreshPromotion(gateway, provider, key))).catch((error: unknown) => {
    if (!(error instanceof ProviderError)) gateway.reportBug(error);
  });
}

/** True for what is not served any more, even while its provider is out of reach. */
export function isTooOld(gateway: Gateway, { provider, asOf }: Promotion): boolean {
  return gateway.clock() - asOf >= gateway.ages[provider].staleIfErrorMs;
}
