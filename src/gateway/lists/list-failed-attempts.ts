import { ATTEMPT_SORT, type AttemptFilter, type StoredAttempt } from '../../store/attempts.ts';
import type { Gateway } from '../core/gateway.ts';
import { type List, listOf, type RowBudget } from './paged-list.ts';

export type FailedAttempt = StoredAttempt;

/** A list of failed attempts as a caller requests it. All lists of one operation share its budget. */
export interface FailedAttemptQuery {
  conditions: Omit<AttemptFilter, 'ownOf'>;
  caller: string;
  budget: RowBudget;
}

/** Failed attempts, newest first. A caller that is bound to accounts sees only its own. */
export function listFailedAttempts(
  gateway: Gateway,
  { conditions, caller, budget }: FailedAttemptQuery,
): List<FailedAttempt> {
  const { attempts } = gateway.store;
  const filter: AttemptFilter = { ...conditions, ownOf: isBound(gateway) ? caller : undefined };
  return listOf({
    sort: ATTEMPT_SORT,
    read: (slice) => attempts.page(filter, slice, budget),
    count: () => attempts.count(filter, budget),
    toItems: (rows) => rows,
  });
}

/** A failed attempt by its number; null: there is none that the caller may see. */
export async function readFailedAttempt(
  gateway: Gateway,
  caller: string,
  number: number,
): Promise<FailedAttempt | null> {
  const attempt = await gateway.store.attempts.get(number);
  return isBound(gateway) && attempt?.caller !== caller ? null : attempt;
}

function isBound({ accounts }: Gateway): boolean {
  return accounts.accountScope !== null;
}
