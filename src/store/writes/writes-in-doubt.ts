import { type RawBuilder, sql } from 'kysely';
import { type AccountScope, isInScope } from '../../domain/promotion/account-scope.ts';
import type { Instant, ProviderName } from '../../domain/promotion/promotion.ts';
import type { Db, Engine } from '../engines/engine.ts';
import { write } from '../engines/write.ts';

/** After this time, a write without an answer counts as in doubt. */
const IN_PROGRESS_MS = 60_000;

/**
 * Marks a write that was sent as in doubt.
 * @returns whether it was not in doubt before
 */
export function keepInDoubt(
  engine: Engine,
  id: string,
  times: { recover_at: Instant | null; sent_at: Instant | RawBuilder<Instant> },
  db?: Db,
): Promise<boolean> {
  return write(engine, db, async (transaction) => {
    const before = await engine.dialect
      .locked(transaction.selectFrom('intents').select('in_doubt'))
      .where('id', '=', id)
      .where('sent_at', 'is not', null)
      .executeTakeFirst();
    if (!before) return false;
    await transaction
      .updateTable('intents')
      .set((column) => ({ in_doubt: 1 as const, tries: column('tries', '+', 1), ...times }))
      .where('id', '=', id)
      .execute();
    return before.in_doubt === 0;
  });
}

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
