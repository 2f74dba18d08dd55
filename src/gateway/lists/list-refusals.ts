import { REFUSAL_SORT, type RefusalFilter, type StoredRefusal } from '../../store/refusals.ts';
import type { Gateway } from '../core/gateway.ts';
import { type List, listOf, type RowBudget } from './paged-list.ts';

export type { StoredRefusal };

/** A list of refusals as a caller requests it. All lists of one operation share its budget. */
export interface RefusalQuery {
  conditions: Omit<RefusalFilter, 'ownOf'>;
  caller: string;
  budget: RowBudget;
}

/** Refusals, newest first, with all of this process. A caller that is bound to accounts sees only its own. */
export function listRefusals(gateway: Gateway, { conditions, caller, budget }: RefusalQuery): List<StoredRefusal> {
  const { refusals } = gateway.store;
  const filter: RefusalFilter = { ...conditions, ...(isBound(gateway) && { ownOf: caller }) };
  return listOf({
    sort: REFUSAL_SORT,
    read: async (slice) => {
      await gateway.refusalLog.flush();
      return refusals.page(filter, slice, budget);
    },
    count: () => refusals.count(filter, budget),
    toItems: (rows) => rows,
  });
}

/** A refusal by its number; null: there is none that the caller may see. */
export async function readRefusal(gateway: Gateway, caller: string, number: number): Promise<StoredRefusal | null> {
  const refusal = await gateway.store.refusals.get(number);
  return isBound(gateway) && refusal?.caller !== caller ? null : refusal;
}

function isBound({ accounts }: Gateway): boolean {
  return accounts.accountScope !== null;
}
