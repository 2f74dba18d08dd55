import { AsyncResource } from 'node:async_hooks';
import { type BulkheadPolicy, bulkhead, ExponentialBackoff, handleWhen, type RetryPolicy, retry } from 'cockatiel';
import { type Driver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, sql } from 'kysely';
import { inSpan } from '../../telemetry/span.ts';
import type { Tables } from '../tables.ts';
import type { Db, Engine } from './engine.ts';
import { ChangeAnnouncer } from './postgres/change-announcer.ts';
import { PostgresConnections } from './postgres/postgres-connections.ts';
import { postgresDialect } from './postgres/postgres-dialect.ts';
import { PostgresDriver } from './postgres/postgres-driver.ts';
import { isConflict, postgresTroubleOf } from './postgres/postgres-trouble.ts';
import { migratePostgres } from './postgres-migrations/migrate-postgres.ts';
import { TransactionScope } from './transaction-scope.ts';

/** Where the database is. */
export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`. Its parameter `sslmode` asks for TLS. */
  url: string;
  /** Another way to the same database, if `url` goes through a pooler in transaction mode. */
  directUrl?: string;
  /** The maximum number of connections, at least 2. */
  poolSize?: number;
}

const POOL_SIZE = 6;

/** How often a transaction runs if each time another one gets in its way. */
const MOST_ATTEMPTS = 10;

/** How much a probe writes after a failed write. Small writes can still succeed on a full disk. */
const ROOM_ROWS = 500;
const ROOM_BYTES_PER_ROW = 1900;

const BEGIN_WRITE = 'BEGIN ISOLATION LEVEL READ COMMITTED';
const BEGIN_SNAPSHOT = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';
/** For a transaction that nobody waits for. */
const BRIEF = ['SET LOCAL lock_timeout = 100'];

/**
 * Connects to a database and runs the migrations.
 * @throws when the database cannot be used, or was written by a newer version of the gateway
 */
export async function openPostgres({ url, directUrl = url, poolSize = POOL_SIZE }: PostgresOptions): Promise<Engine> {
  const limits = directUrl === url ? 'CONNECTION' : 'TRANSACTION';
  const engine = new PostgresEngine(new PostgresConnections({ url, limits, poolSize }), poolSize);
  try {
    await migrate(directUrl);
    await sql`select 1`.execute(engine.reads);
    return engine;
  } catch (error) {
    await engine.close();
    const trouble = postgresTroubleOf(error);
    throw trouble === null ? error : new Error(`the store cannot be used: ${trouble}`, { cause: error });
  }
}

async function migrate(url: string): Promise<void> {
  const connections = new PostgresConnections({ url, limits: 'NONE', poolSize: 1 });
  try {
    await migratePostgres(kyselyOver(new PostgresDriver(connections, BEGIN_WRITE)));
  } finally {
    await connections.end();
  }
}

function kyselyOver(driver: Driver): Db {
  return new Kysely<Tables>({
    dialect: {
      createDriver: () => driver,
      createAdapter: () => new PostgresAdapter(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
}

/** A PostgreSQL database, which any number of processes may use. */
class PostgresEngine implements Engine {
  readonly reads: Db;
  readonly dialect = postgresDialect;
  readonly #connections: PostgresConnections;
  readonly #writes: Db;
  readonly #briefWrites: Db;
  readonly #snapshots: Db;
  readonly #scope = new TransactionScope();
  /** Leaves one connection to reads, because a transaction may wait for one. */
  readonly #slots: BulkheadPolicy;
  readonly #attempts: RetryPolicy;
  readonly #running = new Set<Promise<unknown>>();
  readonly #announcer: ChangeAnnouncer;
  #trouble: string | null = null;
  #closing: Promise<void> | null = null;

  constructor(connections: PostgresConnections, poolSize: number) {
    this.#connections = connections;
    this.#announcer = new ChangeAnnouncer(connections);
    this.#writes = kyselyOver(new PostgresDriver(connections, BEGIN_WRITE));
    this.#briefWrites = kyselyOver(new PostgresDriver(connections, BEGIN_WRITE, BRIEF));
    this.#snapshots = kyselyOver(new PostgresDriver(connections, BEGIN_SNAPSHOT));
    this.reads = this.#writes;
    this.#slots = bulkhead(poolSize - 1, Number.POSITIVE_INFINITY);
    this.#attempts = retry(handleWhen(isConflict), {
      maxAttempts: MOST_ATTEMPTS - 1,
      // With jitter, so that two transactions do not meet again.
      backoff: new ExponentialBackoff({ initialDelay: 2, maxDelay: 200 }),
    });
  }

  transaction<Result>(work: (db: Db) => Promise<Result>): Promise<Result> {
    return this.#write(() => this.#run('store transaction', this.#writes, work));
  }

  briefly<Result>(work: (db: Db) => Promise<Result>): Promise<Result> {
    return this.#write(() => this.#run('store transaction', this.#briefWrites, work));
  }

  snapshot<Result>(work: (db: Db) => Promise<Result>): Promise<Result> {
    return this.#run('store snapshot', this.#snapshots, work);
  }

  trouble(): string | null {
    return this.#trouble;
  }

  async probe(): Promise<void> {
    try {
      const rows = this.#trouble === null ? 1 : ROOM_ROWS;
      await this.#run('store transaction', this.#briefWrites, (db) => writeAndDelete(db, rows));
      this.#trouble = null;
    } catch (error) {
      this.#trouble = postgresTroubleOf(error) ?? 'it cannot be written';
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#running);
    await this.#announcer.end();
    await this.#connections.end();
  }

  /** Runs a transaction, and runs it again after a conflict. */
  async #run<Result>(name: string, kysely: Db, work: (db: Db) => Promise<Result>): Promise<Result> {
    if (this.#closing) throw new Error('The store is closed');
    const transaction = () => inSpan(name, {}, () => kysely.transaction().execute(work));
    const running = this.#scope.run(() => {
      // Bound, because a slot that gets free would run it in the context of the transaction that leaves it.
      const bound = AsyncResource.bind(transaction);
      return this.#attempts.execute(() => this.#slots.execute(bound));
    });
    this.#running.add(running);
    return running.finally(() => this.#running.delete(running));
  }

  async #write<Result>(run: () => Promise<Result>): Promise<Result> {
    try {
      const result = await run();
      this.#announcer.announce();
      return result;
    } catch (error) {
      // Conflicts concern one transaction, not the store.
      if (!isConflict(error)) this.#trouble = postgresTroubleOf(error) ?? this.#trouble;
      throw error;
    }
  }
}

/** Writes rows that nobody sees. They lock nothing that other processes need. */
async function writeAndDelete(db: Db, rows: number): Promise<void> {
  const written = sql<{ number: number }>`insert into attempts (at, caller, code, reason)
    select 0, '', repeat('x', ${ROOM_BYTES_PER_ROW}::integer), 'NOT_FOUND' from generate_series(1, ${rows}::integer)
    returning number`;
  const numbers = (await written.execute(db)).rows.map(({ number }) => number);
  await db.deleteFrom('attempts').where('number', 'in', numbers).execute();
}
