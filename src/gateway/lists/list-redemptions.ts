import type { Redemption } from '../../domain/redemption/redemption.ts';
import { cursorName, type RedemptionFilter, type RedemptionSort } from '../../store/redemptions/redemption-list.ts';
import { redemptionOf } from '../../store/redemptions/redemption-rows.ts';
import type { Gateway } from '../core/gateway.ts';
import { type List, listOf, type RowBudget } from './paged-list.ts';

/** A list of redemptions as a caller requests it. All lists of one operation share its budget. */
export interface RedemptionQuery {
  conditions: Omit<RedemptionFilter, 'accountScope'>;
  sort: RedemptionSort;
  budget: RowBudget;
}

/** The redemptions in the caller's accounts. */
export function listRedemptions(gateway: Gateway, { conditions, sort, budget }: RedemptionQuery): List<Redemption> {
  const { redemptionList } = gateway.store;
  const now = gateway.clock();
  const filter: RedemptionFilter = { ...conditions, accountScope: gateway.accounts.accountScope };
  return listOf({
    sort: cursorName(sort),
    read: (slice) => redemptionList.page(filter, now, slice, sort, budget),
    count: () => redemptionList.count(filter, now, budget),
    toItems: (rows) => rows.map((row) => redemptionOf(row, now)),
  });
}
