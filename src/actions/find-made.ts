import { isDeepStrictEqual } from 'node:util';
import { codeKey } from '../promo/code.ts';
import { promotionId } from '../promo/identity.ts';
import type { Instant } from '../promo/promotion.ts';
import type {
  NewCoupon,
  NewPromoCode,
  Page,
  PageRequest,
  Provider,
  ProviderCoupon,
  ProviderPromoCode,
} from '../promo/provider.ts';
import type { LeftIntent } from '../store/intents.ts';
import type { Gateway } from './gateway.ts';
import { pages } from './pages.ts';
import type { Found, Write } from './send-write.ts';

type Facts = ProviderPromoCode | ProviderCoupon;

/** How it is found out what became of a creation. */
type Finding<Made> = Pick<Write<Made>, 'repeatsSafelyFor' | 'find' | 'named'>;

/**
 * How it is found out what became of a promo code's creation: the provider is asked for what this write has made, where
 * it keeps that; else for the codes of the coupon, of which those older than the call are not ours.
 */
export function findMadePromoCode(provider: Provider, promoCode: NewPromoCode): Finding<ProviderPromoCode> {
  const { code, terms } = promoCode;
  const couponId = 'couponId' in terms ? terms.couponId : undefined;
  const listed = provider.listPromoCodes && (couponId !== undefined || !provider.limits.listsPromoCodesByCoupon);
  const search = (isWanted: (item: ProviderPromoCode) => boolean) =>
    firstOf((request) => provider.listPromoCodes?.({ ...request, couponId }, {}), isWanted);
  const inList: Write<ProviderPromoCode>['find'] = ({ since }) =>
    search((item) => item.code !== undefined && codeKey(item.code) === codeKey(code) && isSince(since, item.createdAt));
  const byIntent: Write<ProviderPromoCode>['find'] = async ({ id }) => {
    const made = await provider.findMadePromoCode?.(promoCode, { intentId: id });
    return made === 'UNDECIDABLE' ? made : answered(made);
  };
  return {
    repeatsSafelyFor: provider.limits.repeatsSafelyFor ?? 0,
    ...(provider.findMadePromoCode ? { find: byIntent } : listed && { find: inList }),
    named: async (providerId) =>
      provider.readPromoCode
        ? answered(ofKind('PromoCode', await provider.readPromoCode(providerId, {})))
        : search((item) => item.providerId === providerId),
  };
}

/**
 * The same for a coupon. Where the provider does not keep which write made it, it is known by its terms alone: exactly
 * one that was made since and that we did not know is ours; of two nobody can tell.
 */
export function findMadeCoupon(gateway: Gateway, provider: Provider, coupon: NewCoupon): Finding<ProviderCoupon> {
  const byTerms: Write<ProviderCoupon>['find'] = (left) => findByTerms(gateway, provider, coupon, left);
  const byIntent: Write<ProviderCoupon>['find'] = async ({ id }) =>
    answered(await provider.findMadeCoupon?.({ intentId: id }));
  return {
    repeatsSafelyFor: provider.limits.repeatsSafelyFor ?? 0,
    ...(provider.findMadeCoupon ? { find: byIntent } : provider.listCoupons && { find: byTerms }),
    named: async (providerId) =>
      provider.readCoupon
        ? answered(ofKind('Coupon', await provider.readCoupon(providerId, {})))
        : firstOf(
            (request) => provider.listCoupons?.(request, {}),
            (item) => item.providerId === providerId,
          ),
  };
}

async function firstOf<Item>(
  list: (page: PageRequest) => Promise<Page<Item>> | undefined,
  isWanted: (item: Item) => boolean,
): Promise<{ answer: Item } | null> {
  for await (const page of pages(list)) {
    const found = page.items.find(isWanted);
    if (found) return { answer: found };
  }
  return null;
}

async function findByTerms(
  { store }: Gateway,
  provider: Provider,
  coupon: NewCoupon,
  { since }: LeftIntent,
): Promise<Found<ProviderCoupon>> {
  const owner = { kind: 'Coupon' as const, provider: provider.name, account: provider.account };
  const made: ProviderCoupon[] = [];
  for await (const page of pages((request) => provider.listCoupons?.(request, {}))) {
    made.push(
      ...page.items.filter(
        (item) =>
          isSince(since, item.createdAt) &&
          hasTerms(item, coupon) &&
          !store.promotions.getCoupon(promotionId({ ...owner, providerId: item.providerId }), since),
      ),
    );
  }
  return made.length > 1 ? 'UNDECIDABLE' : answered(made[0]);
}

function answered<Answer>(made: Answer | null | undefined): { answer: Answer } | null {
  return made ? { answer: made } : null;
}

function ofKind<Kind extends Facts['kind']>(kind: Kind, facts: Facts | null): Extract<Facts, { kind: Kind }> | null {
  const isOfKind = (one: Facts): one is Extract<Facts, { kind: Kind }> => one.kind === kind;
  return facts && isOfKind(facts) ? facts : null;
}

/** Providers tell the time of a creation in whole seconds. One that is not told says nothing against it. */
function isSince(since: Instant, createdAt: Instant | undefined): boolean {
  return createdAt === undefined || createdAt >= since - (since % 1000);
}

function hasTerms(made: ProviderCoupon, { name, discount, duration }: NewCoupon): boolean {
  return made.name === name && isDeepStrictEqual(made.discount, discount) && isDeepStrictEqual(made.duration, duration);
}
