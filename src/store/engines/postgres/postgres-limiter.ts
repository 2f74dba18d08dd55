import { sql } from 'kysely';
import type { Counted, Db, Limiter, Window } from '../engine.ts';

/** The server's time. Windows must end at the same moment for all machines, whatever their clocks say. */
const NOW = sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`;

/**
 * A limiter over single statements, each of which counts for all processes. Our own, because the library that counts on
 * SQLite takes the time from the machine.
 * @param db runs each query outside of transactions
 */
export function postgresLimiter(db: Db, keyPrefix: string, { seconds }: Window): Limiter {
  const nameOf = (key: string) => `${keyPrefix}:${key}`;
  return {
    async get(key) {
      const counted = sql<Counted>`
        select points as "consumedPoints", expire - ${NOW} as "msBeforeNext" from attempt_limits
          where key = ${nameOf(key)} and expire > ${NOW}`;
      return (await counted.execute(db)).rows[0] ?? null;
    },

    async penalty(key, points = 1) {
      const counted = sql`
        insert into attempt_limits as old (key, points, expire)
          values (${nameOf(key)}, ${points}::bigint, ${NOW} + ${seconds}::bigint * 1000)
          on conflict (key) do update set
            points = case when old.expire > ${NOW} then old.points else 0 end + excluded.points,
            expire = case when old.expire > ${NOW} then old.expire else excluded.expire end`;
      await counted.execute(db);
    },

    async delete(key) {
      await db.deleteFrom('attempt_limits').where('key', '=', nameOf(key)).execute();
    },
  };
}
