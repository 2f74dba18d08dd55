import { expireHolds } from '../actions/expire-holds.ts';
import type { Coupon, PromoCode, Promotion, PromotionStatus, ProviderName } from '../promo/promotion.ts';
import { type PromotionFilter, type PromotionSort, promotionPosition } from '../store/promotion-list.ts';
import { builder } from './builder.ts';
import type { RequestContext } from './context.ts';
import { toInstant } from './inputs.ts';
import { type PagingArguments, pageOf } from './paging.ts';

export const ReadPolicyEnum = builder.enumType('ReadPolicy', {
  description: 'Where a read may take its answer from.',
  values: {
    CACHED: { description: 'The default: what the gateway holds while it is fresh, else the provider.' },
    FRESH: { description: 'The provider, now. While it is out of reach, what is held, marked stale.' },
    CACHE_ONLY: { description: 'What the gateway holds; the provider is never asked.' },
  } as const,
});

/** The argument of every read that may go to a provider. */
export const policyArgument = {
  type: ReadPolicyEnum,
  description: 'Where the answer may come from. Absent: CACHED.',
};

export const SortEnum = builder.enumType('PromotionSort', {
  description: 'The order of a list.',
  values: {
    CREATED_AT_DESC: { description: 'Newest first.' },
    CREATED_AT_ASC: { description: 'Oldest first.' },
    EXPIRES_AT_ASC: { description: 'What ends soonest first; what never ends comes last.' },
    REDEEMED_COUNT_DESC: { description: 'Most redeemed first.' },
  } as const,
});

interface SharedFilter {
  provider?: readonly ProviderName[] | null;
  account?: readonly string[] | null;
  status?: readonly PromotionStatus[] | null;
  createdAfter?: string | null;
  createdBefore?: string | null;
}

/** What lists of promo codes and of coupons are both narrowed by. */
export function toSharedFilter(filter: SharedFilter | null | undefined) {
  return {
    ...(filter?.provider && { providers: filter.provider }),
    ...(filter?.account && { accounts: filter.account }),
    ...(filter?.status && { statuses: filter.status }),
    ...(filter?.createdAfter && { createdAfter: toInstant(filter.createdAfter) }),
    ...(filter?.createdBefore && { createdBefore: toInstant(filter.createdBefore) }),
  };
}

/** A page of promo codes or coupons from the store. */
export function promotionPage<Shown extends Promotion>(
  { gateway, caching }: RequestContext,
  { filter, sort, paging }: { filter: PromotionFilter; sort: PromotionSort; paging: PagingArguments },
  isShown: (promotion: Promotion) => promotion is Shown,
) {
  const now = gateway.clock();
  caching.changesAnyTime();
  expireHolds(gateway);
  const { promotionList, promotions } = gateway.store;
  return pageOf(
    paging,
    {
      sort,
      read: (slice) => promotionList.page(filter, sort, slice, now),
      position: (row) => promotionPosition(row, sort),
      count: () => promotionList.count(filter, now),
    },
    (rows) => promotions.show(rows, now).filter(isShown),
  );
}

export function isPromoCode(promotion: Promotion | null): promotion is PromoCode {
  return promotion?.kind === 'PromoCode';
}

export function isCoupon(promotion: Promotion | null): promotion is Coupon {
  return promotion?.kind === 'Coupon';
}
