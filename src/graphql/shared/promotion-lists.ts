import type { Coupon, PromoCode, Promotion, PromotionStatus, ProviderName } from '../../domain/promotion/promotion.ts';
import type { PromotionFilter } from '../../store/promotions/promotion-filter.ts';
import type { PromotionSort } from '../../store/promotions/promotion-list.ts';
import { builder } from '../builder.ts';
import type { RequestContext } from '../context.ts';
import { toGivenInstant } from './inputs.ts';
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

/** What a filter says that no index has in every order. */
export const MAY_BE_SHORT =
  'A page looks at no more than 10,000 rows, and an operation at no more than 100,000 in all: a page may have fewer rows than requested although `hasNextPage` is true. Continue from `endCursor`.';

export const ACCOUNT_FILTER = 'Of one of these accounts.';

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
    providers: filter?.provider ?? undefined,
    accounts: filter?.account ?? undefined,
    statuses: filter?.status ?? undefined,
    createdAfter: toGivenInstant(filter?.createdAfter),
    createdBefore: toGivenInstant(filter?.createdBefore),
  };
}

/** A page of promo codes or coupons from the store. */
export function promotionPage<Shown extends Promotion>(
  { gateway, caching, rows: budget }: RequestContext,
  { filter, sort, paging }: { filter: PromotionFilter; sort: PromotionSort; paging: PagingArguments },
  isShown: (promotion: Promotion) => promotion is Shown,
) {
  const now = gateway.clock();
  const reached = { ...filter, accountScope: gateway.accounts.accountScope };
  caching.changesAnyTime();
  const { promotionList, promotions } = gateway.store;
  return pageOf(
    paging,
    {
      sort,
      read: (slice) => promotionList.page(reached, sort, slice, now, budget),
      count: () => promotionList.count(reached, now, budget),
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
