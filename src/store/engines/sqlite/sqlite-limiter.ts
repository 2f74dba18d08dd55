import type Sqlite from 'better-sqlite3';
import { RateLimiterSQLite } from 'rate-limiter-flexible';
import type { Limiter, Window } from '../engine.ts';

interface LimiterOptions {
  keyPrefix: string;
  window: Window;
  reading: Sqlite.Database;
  writing: Sqlite.Database;
  inTransaction<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** A limiter whose writes wait for their turn among the transactions of the writing connection. */
export function sqliteLimiter({ keyPrefix, window, reading, writing, inTransaction }: LimiterOptions): Limiter {
  const over = (connection: Sqlite.Database) =>
    new RateLimiterSQLite({
      storeClient: connection,
      storeType: 'better-sqlite3',
      tableName: 'attempt_limits',
      tableCreated: true,
      keyPrefix,
      points: window.points,
      duration: window.seconds,
    });
  const [reads, writes] = [over(reading), over(writing)];
  return {
    get: (key) => reads.get(key),
    penalty: (key, points) => inTransaction(() => writes.penalty(key, points)),
    delete: (key) => inTransaction(() => writes.delete(key)),
  };
}
