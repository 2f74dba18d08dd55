import type { Coupon, Instant, PromoCode, Promotion } from '../../domain/promotion/promotion.ts';
import type { PromotionFilter } from '../../store/promotions/promotion-filter.ts';
import type { PromotionSort } from '../../store/promotions/promotion-list.ts';
import type { Gateway } from '../core/gateway.ts';
import { type List, listOf, type RowBudget } from './paged-list.ts';

/** The conditions that a caller sets on a list of promotions. The gateway adds the kind and the account scope. */
export type PromotionConditions = Omit<PromotionFilter, 'kind' | 'accountScope'>;

/** A list of promotions as a caller requests it. All lists of one operation share its budget. */
export interface PromotionQuery {
  conditions: PromotionConditions;
  sort: PromotionSort;
  budget: RowBudget;
}

/** The promo codes in the caller's accounts, as the store has them. Calls no provider. */
export function listPromoCodes(gateway: Gateway, query: PromotionQuery): List<PromoCode> {
  return listPromotions(gateway, 'PromoCode', query, (promotion) => promotion.kind === 'PromoCode');
}

/** The coupons in the caller's accounts, as the store has them. Calls no provider. */
export function listCoupons(gateway: Gateway, query: PromotionQuery): List<Coupon> {
  return listPromotions(gateway, 'Coupon', query, (promotion) => promotion.kind === 'Coupon');
}

/** When the clock may next change which promotions meet the conditions. In the past: it may have changed already. */
export async function listUntil({ store }: Gateway, { statuses }: PromotionConditions): Promise<Instant> {
  if (statuses === undefined) return Number.POSITIVE_INFINITY;
  return (await store.statuses.nextChange()) ?? Number.POSITIVE_INFINITY;
}

function listPromotions<Shown extends Promotion>(
  gateway: Gateway,
  kind: PromotionFilter['kind'],
  { conditions, sort, budget }: PromotionQuery,
  isOfKind: (promotion: Promotion) => promotion is Shown,
): List<Shown> {
  const { promotionList, promotions } = gateway.store;
  const now = gateway.clock();
  const filter: PromotionFilter = { ...conditions, kind, accountScope: gateway.accounts.accountScope };
  return listOf({
    sort,
    read: (slice) => promotionList.page(filter, sort, slice, now, budget),
    count: () => promotionList.count(filter, now, budget),
    toItems: async (rows) => (await promotions.show(rows, now)).filter(isOfKind),
  });
}
