import pg from 'pg';
import { noteTrouble } from '../trouble.ts';
import { canBeOfOthers, isSilent, postgresTroubleOf } from './postgres-trouble.ts';

/** How long a single statement may take. */
const STATEMENT_TIMEOUT_MS = 10_000;
/** How long a statement waits for a lock that another transaction holds. */
const LOCK_TIMEOUT_MS = 5000;
/** After this time the server ends the transaction of a process that was paused in the middle of it, with its locks. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 5000;
/** For a server that never answers. Longer than the server's own limit, which frees more. */
const SILENCE_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 5000;
/** How long a query waits for a connection: a new one, or one that another query uses. */
const CONNECTION_TIMEOUT_MS = 5000;

/** Where the server is, and how it may be used. */
export interface PostgresAddress {
  /** `postgres://user:password@host:port/database`. Its parameter `sslmode` asks for TLS. */
  url: string;
  /**
   * What the time limits apply to. A pooler in transaction mode refuses settings of a connection. Migrations may take any
   * time.
   */
  limits: 'CONNECTION' | 'TRANSACTION' | 'NONE';
  /** The maximum number of connections of this process. */
  poolSize: number;
}

/** The server's names of the limits. */
const LIMITS = {
  statement_timeout: STATEMENT_TIMEOUT_MS,
  lock_timeout: LOCK_TIMEOUT_MS,
  idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
};

/** The server's types (pg_type.oid) whose values pg would not read as numbers. */
const [BOOLEAN, BIGINT, NUMERIC] = [16, 20, 1700];

/** Reads integers and counts as numbers, and conditions as 0 and 1, as SQLite does. */
export const TYPES: pg.CustomTypesConfig = {
  getTypeParser(type: number, format?: 'text' | 'binary') {
    if (type === BIGINT || type === NUMERIC) return Number;
    if (type === BOOLEAN) return (value: string) => (value === 't' ? 1 : 0);
    return pg.types.getTypeParser(type, format);
  },
};

/** How the server knows the connections of gateways, and those that migrate or copy a store. */
export const GATEWAY = 'promo-gateway';
const COMMAND = 'promo-gateway-command';

/** The settings of any connection of the gateway. */
export function connectionSettings(url: string, name = GATEWAY): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: name,
    connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
    keepAlive: true,
    types: TYPES,
  };
}

/** The pool of connections to a server. */
export class PostgresConnections {
  readonly #pool: pg.Pool;
  /** Statements for the beginning of each transaction. */
  readonly transactionLimits: readonly string[];
  readonly #acquiring = new Set<Promise<pg.PoolClient>>();

  constructor({ url, limits, poolSize }: PostgresAddress) {
    const statements = Object.entries(LIMITS).map(([name, value]) => `SET LOCAL ${name} = ${value}`);
    this.transactionLimits = limits === 'TRANSACTION' ? statements : [];
    this.#pool = new pg.Pool({
      ...connectionSettings(url, limits === 'NONE' ? COMMAND : GATEWAY),
      ...(limits === 'CONNECTION' && LIMITS),
      ...(limits !== 'NONE' && { query_timeout: SILENCE_TIMEOUT_MS }),
      max: poolSize,
    });
    // The pool replaces a connection that breaks. Without listeners, the event would end the process. The query that
    // uses the connection fails.
    this.#pool.on('error', () => {});
    this.#pool.on('connect', (client) => client.on('error', () => {}));
  }

  async acquire(): Promise<pg.PoolClient> {
    const acquiring = this.#pool.connect();
    this.#acquiring.add(acquiring);
    try {
      return await noting(acquiring);
    } finally {
      this.#acquiring.delete(acquiring);
    }
  }

  /** Runs one statement outside of a transaction. */
  query(text: string, values: readonly unknown[]): Promise<pg.QueryResult> {
    return noting(this.#pool.query(text, [...values]));
  }

  /** Closes all connections after the queries that run or wait. */
  async end(): Promise<void> {
    // The pool would forget those that wait.
    while (this.#acquiring.size > 0) await Promise.allSettled(this.#acquiring);
    await this.#pool.end();
  }
}

async function noting<Result>(running: Promise<Result>): Promise<Result> {
  try {
    return await running;
  } catch (error) {
    // They quote rows, which a log must not contain.
    if (error instanceof pg.DatabaseError) Object.assign(error, { detail: undefined, where: undefined });
    noteTrouble(error, postgresTroubleOf(error), canBeOfOthers(error));
    throw error;
  }
}

/** A connection of the pool while a query or a transaction uses it. */
export class UsedConnection {
  readonly #client: pg.PoolClient;
  #isBroken = false;

  constructor(client: pg.PoolClient) {
    this.#client = client;
  }

  async query(text: string, parameters: readonly unknown[] = []): Promise<pg.QueryResult> {
    try {
      // Without parameters, several statements are allowed.
      const running = parameters.length > 0 ? this.#client.query(text, [...parameters]) : this.#client.query(text);
      return await noting(running);
    } catch (error) {
      // pg notices a broken connection itself, but not one that never answers.
      this.#isBroken ||= isSilent(error);
      throw error;
    }
  }

  /** Gives up on the connection, for example because its transaction may still be open. */
  discard(): void {
    this.#isBroken = true;
  }

  release(): void {
    this.#client.release(this.#isBroken);
  }
}
