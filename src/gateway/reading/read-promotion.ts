import { type PromotionKey, promotionId } from '../../domain/promotion/identity.ts';
import type { Instant, Promotion, ProviderName } from '../../domain/promotion/promotion.ts';
import { refreshAt } from '../../domain/provider/cache-ages.ts';
import { type Urgency, withUrgency } from '../../domain/provider/call-origin.ts';
import { uncancelled } from '../../domain/provider/cancellation.ts';
import type { Provider } from '../../domain/provider/provider.ts';
import { ProviderError } from '../../domain/provider/provider-error.ts';
import { inSpan } from '../../telemetry/span.ts';
import { type Gateway, isFresh, untilNextCall } from '../core/gateway.ts';
import { refreshAfterChange, refreshPromotion } from './refresh-promotion.ts';

/**
 * CACHED: the cache while it is fresh, else the provider. FRESH: the provider. CACHE_ONLY: the cache, whatever its age.
 */
export type ReadPolicy = 'CACHED' | 'FRESH' | 'CACHE_ONLY';

/**
 * JUDGED: to judge a use by. The promotion is fresh or was just read; a background refresh is not enough. BLIND: like
 * JUDGED, for a caller that must not learn which codes exist. A code that cannot be redeemed is treated like an unknown
 * one: it causes the same calls and takes as long.
 */
export type AnyPolicy = ReadPolicy | 'JUDGED' | 'BLIND';

/**
 * A promo code or coupon by id; null for an unknown id. While the provider does not answer, the stored promotion is
 * served, marked as unconfirmed, unless it is older than the configuration allows.
 * @throws {ProviderError} when the provider does not answer and nothing stored may be served
 */
export async function readPromotion(gateway: Gateway, id: string, policy: AnyPolicy): Promise<Promotion | null> {
  return inSpan('readPromotion', {}, async () => {
    return serve(gateway, id, await gateway.store.promotions.get(id, gateway.clock()), policy);
  });
}

/**
 * Several promotions with one read of the store, in the order of the ids. An error takes the place of its promotion.
 */
export async function readPromotions(
  gateway: Gateway,
  ids: readonly string[],
  policy: ReadPolicy,
): Promise<(Promotion | null | Error)[]> {
  return inSpan('readPromotions', {}, async () => {
    const stored = await gateway.store.promotions.getMany(ids, gateway.clock());
    return Promise.all(ids.map((id, index) => serve(gateway, id, stored[index] ?? null, policy).catch(asError)));
  });
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/**
 * Serves a promotion from the store or from the provider, by the policy. If the provider did not know an id a short
 * while ago, only a read with the policy FRESH calls it again.
 */
async function serve(
  gateway: Gateway,
  id: string,
  stored: Promotion | null,
  policy: AnyPolicy,
): Promise<Promotion | null> {
  const key = gateway.accounts.keyOf(id);
  if (!key) return null;
  const provider = gateway.accounts.find(key.provider, key.account);
  if (!provider || policy === 'CACHE_ONLY') return stored;
  if (!stored && policy !== 'FRESH' && gateway.unknownIds.covers(id, gateway.clock())) {
    gateway.countRead('HIT');
    return null;
  }
  const due = stored ? refreshNeeded(gateway, stored, policy) : 'BEFORE_ANSWER';
  if (due === 'IN_BACKGROUND') refreshInBackground(gateway, provider, key);
  if (due !== 'BEFORE_ANSWER') {
    gateway.countRead(due === 'IN_BACKGROUND' ? 'STALE_HIT' : 'HIT');
    return stored;
  }
  const period = untilNextCall(gateway, key.provider);
  try {
    await refreshPromotion(gateway, provider, key);
    gateway.countRead('MISS');
    const promotion = await gateway.store.promotions.get(id, gateway.clock());
    if (!promotion) gateway.unknownIds.add(id, period);
    return promotion;
  } catch (error) {
    const kept = await gateway.store.promotions.get(id, gateway.clock());
    if (!(error instanceof ProviderError) || !kept || isTooOld(gateway, kept)) throw error;
    gateway.countRead('STALE_IF_ERROR');
    return { ...kept, isUnconfirmed: true };
  }
}

/** Until when a read of an unknown id calls no provider. In the past: the next read calls it. */
export function unknownUntil(gateway: Gateway, id: string, policy: ReadPolicy | 'STORED'): Instant {
  const { accounts, unknownIds, clock } = gateway;
  const key = accounts.keyOf(id);
  const isAsked = key !== null && accounts.find(key.provider, key.account) !== undefined;
  if (!isAsked || policy === 'STORED' || policy === 'CACHE_ONLY') return Number.POSITIVE_INFINITY;
  return (policy === 'CACHED' ? unknownIds.endOf(id, clock()) : null) ?? Number.NEGATIVE_INFINITY;
}

/** The gateway's id for a provider's id; null: no promotion can have it. Without an account: the provider's first. */
export function promotionIdAt(
  gateway: Gateway,
  wanted: { kind: 'PromoCode' | 'Coupon'; provider: ProviderName; account?: string; providerId: string },
): string | null {
  const account = wanted.account ?? gateway.accounts.find(wanted.provider)?.account;
  // No id contains half a surrogate pair.
  if (!account || wanted.providerId === '' || !(account + wanted.providerId).isWellFormed()) return null;
  return promotionId({ ...wanted, account });
}

/** Whether a stored promotion has to be read from its provider: not at all, in the background, or before the answer. */
export function refreshNeeded(
  gateway: Gateway,
  stored: Promotion,
  policy: AnyPolicy,
): 'NONE' | 'IN_BACKGROUND' | 'BEFORE_ANSWER' {
  if (policy === 'CACHE_ONLY') return 'NONE';
  if (policy === 'FRESH') return 'BEFORE_ANSWER';
  if (isFresh(gateway, stored)) return 'NONE';
  const isJudged = policy === 'JUDGED' || policy === 'BLIND';
  return isJudged || stored.isDue
    ? 'BEFORE_ANSWER'
    : refreshAt(gateway.clock() - stored.asOf, gateway.ages[stored.provider]);
}

/** Refreshes a promotion while the answer is sent. Nothing cancels it. If it fails, the next read tries again. */
export function refreshInBackground(gateway: Gateway, provider: Provider, key: PromotionKey): void {
  inBackground(gateway, 'READ', () => refreshPromotion(gateway, provider, key));
}

/** Reads a promotion that an event of its provider is about. Reads of callers go first. */
export function refreshAfterEvent(gateway: Gateway, provider: Provider, key: PromotionKey): void {
  inBackground(gateway, 'BACKGROUND', () => refreshAfterChange(gateway, provider, key));
}

function inBackground(gateway: Gateway, urgency: Urgency, read: () => Promise<unknown>): void {
  const refresh = uncancelled(() => withUrgency(urgency, read));
  gateway.reads.track(
    refresh.catch((error: unknown) => {
      if (!(error instanceof ProviderError)) gateway.reportBug(error);
    }),
  );
}

/** True if a promotion is too old to be served, even while its provider does not answer. */
export function isTooOld(gateway: Gateway, { provider, asOf }: Promotion): boolean {
  return gateway.clock() - asOf >= gateway.ages[provider].staleIfErrorMs;
}
