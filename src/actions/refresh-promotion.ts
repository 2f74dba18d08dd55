import { type PromotionKey, parsePromotionId, promotionId } from '../promo/identity.ts';
import type { Promotion } from '../promo/promotion.ts';
import { type Provider, type ProviderCoupon, ProviderFailure, type ProviderPromoCode } from '../promo/provider.ts';
import type { Gateway } from './gateway.ts';
import { pages } from './pages.ts';

/**
 * Asks the provider for a promotion and takes the answer in. Parallel calls for one promotion share a flight.
 * @throws {ProviderFailure}
 */
export async function refreshPromotion(gateway: Gateway, provider: Provider, key: PromotionKey): Promise<void> {
  await gateway.flights.share(promotionId(key), () => readAndTakeIn(gateway, provider, key));
}

/**
 * The same by a read that begins now: what the gateway has just done at the provider is in it.
 * @throws {ProviderFailure}
 */
export async function refreshAfterChange(gateway: Gateway, provider: Provider, key: PromotionKey): Promise<void> {
  await gateway.flights.shareNext(promotionId(key), () => readAndTakeIn(gateway, provider, key));
}

async function readAndTakeIn(gateway: Gateway, provider: Provider, key: PromotionKey): Promise<void> {
  const id = promotionId(key);
  const held = gateway.store.promotions.get(id, gateway.clock());
  const read = { sequence: gateway.store.promotions.nextSequence(), at: gateway.clock() };
  const reading = await readAnew(provider, key, held);
  if (!reading) return;
  const owner = { provider: provider.name, account: provider.account };
  for (const fact of reading.facts) gateway.store.promotions.save(owner, fact, read);
  const isThere = reading.facts.some((fact) => fact.kind === key.kind && fact.providerId === key.providerId);
  if (held && !isThere && reading.isComplete) gateway.store.promotions.markGone(id, read);
  publishIfChanged(gateway, held);
}

function publishIfChanged(gateway: Gateway, before: Promotion | null): void {
  const after = before && gateway.store.promotions.get(before.id, gateway.clock());
  if (!before || !after) return;
  const same = JSON.stringify({ ...before, asOf: 0 }) === JSON.stringify({ ...after, asOf: 0 });
  if (!same) gateway.changes.publish('promotionChanged', before.id);
}

/** All that a provider tells when asked for a promotion. */
interface Reading {
  facts: (ProviderPromoCode | ProviderCoupon)[];
  /** Nothing was left out: what is missing is gone. */
  isComplete: boolean;
}

/** Null when the provider has no way to be asked for it. */
async function readAnew(provider: Provider, key: PromotionKey, held: Promotion | null): Promise<Reading | null> {
  if (key.kind === 'Coupon') return readCoupon(provider, key.providerId);
  if (provider.readPromoCode) return whole(await provider.readPromoCode(key.providerId, {}));
  const couponId = held?.kind === 'PromoCode' && held.couponId && parsePromotionId(held.couponId)?.providerId;
  return couponId ? readCodesOf(provider, couponId) : null;
}

async function readCoupon(provider: Provider, providerId: string): Promise<Reading> {
  if (provider.readCoupon) return whole(await provider.readCoupon(providerId, {}));
  // ChatDash has no call for one coupon: any code of it carries it whole; failing that, the coupons are walked.
  const codes = await readCodesOf(provider, providerId);
  if (codes.facts.length > 0) return codes;
  let isComplete = codes.isComplete;
  for await (const page of pages((request) => provider.listCoupons?.(request, {}))) {
    const coupon = page.items.find((item) => item.providerId === providerId);
    if (coupon) return whole(coupon);
    isComplete &&= !page.unreadable;
  }
  return { facts: [], isComplete };
}

/** All codes of a coupon, and the coupon with them; none where the provider does not know the coupon. */
async function readCodesOf(provider: Provider, couponId: string): Promise<Reading> {
  const reading: Reading = { facts: [], isComplete: true };
  try {
    for await (const page of pages((request) => provider.listPromoCodes?.({ ...request, couponId }, {}))) {
      reading.facts.push(...page.items.flatMap((code) => (code.coupon ? [code.coupon, code] : [code])));
      reading.isComplete &&= !page.unreadable;
    }
    return reading;
  } catch (error) {
    if (error instanceof ProviderFailure && error.reason === 'NOT_FOUND') return reading;
    throw error;
  }
}

function whole(promotion: ProviderPromoCode | ProviderCoupon | null): Reading {
  return { facts: promotion ? [promotion] : [], isComplete: true };
}
