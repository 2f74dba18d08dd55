import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { troubleOf } from '../trouble.ts';
import { GATEWAY, type PostgresConnections } from './postgres-connections.ts';
import { isAbsent, postgresTroubleOf } from './postgres-trouble.ts';
import { databaseAt } from './server-url.ts';

const PAUSE_MS = 500;

interface Wait {
  waitSeconds: number;
  /** The database, for messages. */
  name: string;
  warn(message: string): void;
}

/** Does the first work on a server. Waits for a server that cannot be reached or is starting. */
export async function whenReachable(work: () => Promise<void>, { waitSeconds, name, warn }: Wait): Promise<void> {
  const latest = performance.now() + waitSeconds * 1000;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isAbsent(error) || performance.now() >= latest) throw error;
      if (attempt === 1) warn(`Waiting for the store ${name}: ${postgresTroubleOf(error)}`);
      await setTimeout(PAUSE_MS);
    }
  }
}

/** The table of a query does not exist (SQLSTATE). */
const NO_TABLE = '42P01';

/** The error for an operator, if a database cannot be used; any other error as it is. */
export function unusable(url: string, error: unknown): unknown {
  if (error instanceof pg.DatabaseError && error.code === NO_TABLE) {
    return new Error(`There is no store at ${databaseAt(url)}`, { cause: error });
  }
  const trouble = troubleOf(error);
  if (trouble === null) return error;
  return new Error(`the store ${databaseAt(url)} cannot be used: ${trouble}`, { cause: error });
}

/** Whether gateways are connected to a database. Sees those of the same user, and all of them as a superuser. */
export async function hasGateways(connections: PostgresConnections): Promise<boolean> {
  const { rows } = await connections.query(
    'select from pg_stat_activity where datname = current_database() and application_name = $1',
    [GATEWAY],
  );
  return rows.length > 0;
}
