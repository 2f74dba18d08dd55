import { sql } from 'kysely';
import { type AccountScope, isInScope } from '../../domain/promotion/account-scope.ts';
import type { Instant, ProviderName } from '../../domain/promotion/promotion.ts';
import type { Db } from '../engines/engine.ts';

/** After this time, a write without an answer counts as in doubt. */
const IN_PROGRESS_MS = 60_000;

/** How many writes to a provider have an unknown outcome, in the accounts of the scope. */
export async function countWritesInDoubt(
  db: Db,
  provider: ProviderName,
  now: Instant,
  accountScope: AccountScope,
): Promise<number> {
  const byAccount = await db
    .selectFrom('intents')
    .select(['account', sql<number>`count(*)`.as('writes')])
    .where('provider', '=', provider)
    .where('sent_at', 'is not', null)
    .where((where) => where.or([where('in_doubt', '=', 1), where('created_at', '<=', now - IN_PROGRESS_MS)]))
    .groupBy('account')
    .execute();
  const own = byAccount.filter(({ account }) => isInScope(accountScope, { provider, account }));
  return own.reduce((sum, { writes }) => sum + writes, 0);
}
