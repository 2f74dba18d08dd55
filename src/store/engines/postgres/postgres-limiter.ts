import { RateLimiterPostgres } from 'rate-limiter-flexible';
import type { Limiter, Window } from '../engine.ts';
import type { PostgresConnections } from './postgres-connections.ts';

/** The library's query. Its name would make a prepared statement, which a pooler in transaction mode does not keep. */
interface NamedQuery {
  text: string;
  values: unknown[];
}

/** A limiter over single statements, each of which counts for all processes. */
export function postgresLimiter(connections: PostgresConnections, keyPrefix: string, window: Window): Limiter {
  return new RateLimiterPostgres({
    storeClient: { query: ({ text, values }: NamedQuery) => connections.query(text, values) },
    storeType: 'client',
    tableName: 'attempt_limits',
    tableCreated: true,
    // The job of the attempts deletes old rows.
    clearExpiredByTimeout: false,
    keyPrefix,
    points: window.points,
    duration: window.seconds,
  });
}
