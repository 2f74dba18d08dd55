import { isDeepStrictEqual } from 'node:util';
import { codeKey } from '../promo/code.ts';
import { promotionId } from '../promo/identity.ts';
import type { Instant } from '../promo/promotion.ts';
import type { NewCoupon, NewPromoCode, Provider, ProviderCoupon, ProviderPromoCode } from '../promo/provider.ts';
import type { Gateway } from './gateway.ts';
import { pages } from './pages.ts';
import { type Repeat, unknownOutcome } from './write.ts';

/**
 * How a lost creation of a promo code goes on. A provider without an idempotency key is asked for the codes of the
 * coupon: the code's text is known before it is sent, and what is older than the call is not ours.
 */
export function repeatPromoCode(
  provider: Provider,
  { code, terms }: NewPromoCode,
): Repeat<ProviderPromoCode | undefined> {
  if (provider.limits.repeatsSafely) return 'SENT_AGAIN';
  if (!provider.listPromoCodes || !('couponId' in terms)) return 'IN_DOUBT';
  const { couponId } = terms;
  return {
    find: async (since) => {
      for await (const page of pages((request) => provider.listPromoCodes?.({ ...request, couponId }, {}))) {
        const made = page.items.find((item) => codeKey(item.code) === codeKey(code) && isSince(since, item.createdAt));
        if (made) return made;
      }
      return null;
    },
  };
}

/**
 * How a lost creation of a coupon goes on. Its id is the provider's, so it is known by its terms alone: exactly one that
 * was made since and that we did not know is ours; of two nobody can tell.
 */
export function repeatCoupon(
  gateway: Gateway,
  provider: Provider,
  coupon: NewCoupon,
): Repeat<ProviderCoupon | undefined> {
  if (provider.limits.repeatsSafely) return 'SENT_AGAIN';
  if (!provider.listCoupons) return 'IN_DOUBT';
  const owner = { kind: 'Coupon' as const, provider: provider.name, account: provider.account };
  return {
    find: async (since) => {
      const made: ProviderCoupon[] = [];
      for await (const page of pages((request) => provider.listCoupons?.(request, {}))) {
        made.push(
          ...page.items.filter(
            (item) =>
              isSince(since, item.createdAt) &&
              hasTerms(item, coupon) &&
              !gateway.store.promotions.getCoupon(promotionId({ ...owner, providerId: item.providerId }), since),
          ),
        );
      }
      if (made.length > 1) throw unknownOutcome(provider.name);
      return made[0] ?? null;
    },
  };
}

/** Providers tell the time of a creation in whole seconds. */
function isSince(since: Instant, createdAt: Instant): boolean {
  return createdAt >= since - (since % 1000);
}

function hasTerms(made: ProviderCoupon, { name, discount, duration }: NewCoupon): boolean {
  return made.name === name && isDeepStrictEqual(made.discount, discount) && isDeepStrictEqual(made.duration, duration);
}
