import { type RawBuilder, sql } from 'kysely';
import type { Db, Engine } from '../../src/store/engines/engine.ts';
import { type Placeholders, prepare } from '../../src/store/engines/prepared.ts';

/** Does something again and again, some at a time. @returns how often in a second */
export async function perSecond(atOnce: number, seconds: number, once: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  let done = 0;
  const worker = async () => {
    while (performance.now() - begun < seconds * 1000) {
      await once();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return done / ((performance.now() - begun) / 1000);
}

/** How many transactions of the bare loop run at a time. SQLite has one writer. */
export const BARE_AT_ONCE = { SQLite: 1, PostgreSQL: 6 };

/** The caller of the redemptions of the bare loop. */
export const BARE_CALLER = 'bare';

/** One redemption in a transaction of its own: the counter, the row of the ledger and the idempotency key. */
export function bareRedemption(engine: Engine, promotionId: string): () => Promise<void> {
  type Values = { id: string; at: number; promotion: string };
  const statement = (text: (value: Placeholders<Values>) => RawBuilder<unknown>) =>
    prepare<Values, unknown>(engine, (_: Db, value) => text(value));
  const count = statement(
    (value) => sql`update promotions set uncounted = uncounted + 1
      where id = ${value('promotion')} and (max_redemptions is null or redeemed_count + held < max_redemptions)`,
  );
  const row = statement(
    (value) => sql`insert into redemptions
      (ledger_id, status, promotion_id, caller, customer_id, order_id, created_at, redeemed_at)
      values (${value('id')}, 'REDEEMED', ${value('promotion')}, ${sql.lit(BARE_CALLER)}, ${value('id')}, ${value('id')},
        ${value('at')}, ${value('at')})`,
  );
  const key = statement(
    (value) => sql`insert into idempotency_keys
      (caller, key, mutation, input_hash, provider, result_id, leased_until, created_at)
      values (${sql.lit(BARE_CALLER)}, ${value('id')}, 'redeem', 'hash', 'DURO', ${value('id')}, 0, ${value('at')})`,
  );
  let made = 0;
  return () =>
    engine.transaction(async (db) => {
      made += 1;
      const values = { id: `bare-${made}`, at: Date.now(), promotion: promotionId };
      for (const each of [count, row, key]) await each.run(db, values);
    });
}
