import { type PromotionKey, parsePromotionId, promotionId } from '../promo/identity.ts';
import type { PromoCode, Promotion } from '../promo/promotion.ts';
import {
  type Page,
  type PageRequest,
  type Provider,
  type ProviderCoupon,
  ProviderFailure,
  type ProviderPromoCode,
} from '../promo/provider.ts';
import type { Gateway } from './gateway.ts';

const PAGE = 100;

/**
 * Asks the provider for a promotion and takes the answer in. Parallel calls for one promotion share a flight.
 * @throws {ProviderFailure}
 */
export async function refreshPromotion(gateway: Gateway, provider: Provider, key: PromotionKey): Promise<void> {
  const id = promotionId(key);
  await gateway.flights.share(id, async () => {
    const held = gateway.store.promotions.get(id, gateway.clock());
    const read = { sequence: gateway.store.promotions.nextSequence(), at: gateway.clock() };
    const facts = await readAnew(provider, key, held);
    if (facts === null) return;
    for (const fact of facts)
      gateway.store.promotions.save({ provider: provider.name, account: provider.account }, fact, read);
    if (held && !facts.some((fact) => fact.kind === key.kind && fact.providerId === key.providerId)) {
      gateway.store.promotions.markGone(id, read);
    }
    publishIfChanged(gateway, held);
  });
}

function publishIfChanged(gateway: Gateway, before: Promotion | null): void {
  const after = before && gateway.store.promotions.get(before.id, gateway.clock());
  if (!before || !after) return;
  const same = JSON.stringify({ ...before, asOf: 0 }) === JSON.stringify({ ...after, asOf: 0 });
  if (!same) gateway.changes.publish('promotionChanged', before.id);
}

/** All that the provider tells when asked for a promotion; null when it has no way to be asked for it. */
async function readAnew(
  provider: Provider,
  key: PromotionKey,
  held: Promotion | null,
): Promise<(ProviderPromoCode | ProviderCoupon)[] | null> {
  if (key.kind === 'Coupon') return readCoupon(provider, key.providerId);
  return readPromoCode(provider, key.providerId, held?.kind === 'PromoCode' ? held : null);
}

async function readPromoCode(
  provider: Provider,
  providerId: string,
  held: PromoCode | null,
): Promise<ProviderPromoCode[] | null> {
  if (provider.readPromoCode) {
    // Flexprice serves a read by id from a cache of 30 minutes; only a look-up by code tells the true count.
    const known = held && (await provider.findPromoCode?.(held.code, {}));
    if (known?.providerId === providerId) return [known];
    const read = await provider.readPromoCode(providerId, {});
    if (!read) return [];
    const found = held || !read.active ? null : await provider.findPromoCode?.(read.code, {});
    return [found?.providerId === providerId ? found : read];
  }
  const couponId = held?.couponId && parsePromotionId(held.couponId)?.providerId;
  return couponId ? listCodesOf(provider, couponId) : null;
}

async function readCoupon(
  provider: Provider,
  providerId: string,
): Promise<(ProviderPromoCode | ProviderCoupon)[] | null> {
  if (provider.readCoupon) {
    const coupon = await provider.readCoupon(providerId, {});
    return coupon ? [coupon] : [];
  }
  // ChatDash has no call for one coupon: any code of it carries it whole; failing that, the coupons are walked.
  const codes = await listCodesOf(provider, providerId);
  if (codes.length > 0) return codes.flatMap((code) => (code.coupon ? [code, code.coupon] : [code]));
  for await (const coupon of walk((page) => provider.listCoupons?.(page, {}))) {
    if (coupon.providerId === providerId) return [coupon];
  }
  return [];
}

/** All codes of a coupon; none where the provider does not know the coupon. */
async function listCodesOf(provider: Provider, couponId: string): Promise<ProviderPromoCode[]> {
  try {
    return await Array.fromAsync(walk((page) => provider.listPromoCodes?.({ ...page, couponId }, {})));
  } catch (error) {
    if (error instanceof ProviderFailure && error.reason === 'NOT_FOUND') return [];
    throw error;
  }
}

async function* walk<Item>(list: (page: PageRequest) => Promise<Page<Item>> | undefined): AsyncGenerator<Item> {
  let cursor: string | undefined;
  do {
    const page = await list({ cursor, limit: PAGE });
    yield* page?.items ?? [];
    cursor = page?.next ?? undefined;
  } while (cursor !== undefined);
}
