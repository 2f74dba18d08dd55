import { AsyncResource } from 'node:async_hooks';
import { type BulkheadPolicy, bulkhead, ExponentialBackoff, handleWhen, type IPolicy, retry, wrap } from 'cockatiel';
import { sql } from 'kysely';
import type { Instant } from '../../domain/promotion/promotion.ts';
import { inSpan } from '../../telemetry/span.ts';
import { DEFAULT_SERVER_OPTIONS, type ServerAddress } from './address.ts';
import { LOCAL_CLOCK, type LocalClock } from './clock.ts';
import type { Db, Engine, Limiter, Window } from './engine.ts';
import { ChangeAnnouncer } from './postgres/change-announcer.ts';
import { gathered } from './postgres/gathered.ts';
import { PostgresChangeLog } from './postgres/postgres-change-log.ts';
import { PostgresConnections } from './postgres/postgres-connections.ts';
import { postgresDialect } from './postgres/postgres-dialect.ts';
import { BEGIN_SNAPSHOT, BEGIN_WRITE, PostgresDriver } from './postgres/postgres-driver.ts';
import { kyselyOver } from './postgres/postgres-kysely.ts';
import { postgresLimiter } from './postgres/postgres-limiter.ts';
import { unusable, whenReachable } from './postgres/postgres-start.ts';
import { concernsOnlyRows, isConflict, isUniqueViolation, postgresTroubleOf } from './postgres/postgres-trouble.ts';
import { ServerClock } from './postgres/server-clock.ts';
import { databaseAt } from './postgres/server-url.ts';
import { migratePostgres } from './postgres-migrations/migrate-postgres.ts';
import { TransactionScope } from './transaction-scope.ts';

interface PostgresOptions extends Partial<ServerAddress> {
  url: string;
  /** Whether statements and transactions may take a limited time only. */
  hasLimits?: boolean;
  /** Replaces the clock of this machine, for tests. */
  local?: LocalClock;
}

/** How often a transaction runs if each time another one gets in its way. */
const MOST_ATTEMPTS = 10;

/**
 * How often a transaction runs if each time a row that it inserts exists. One that inserts several rows can meet several
 * rivals, one after the other. A row that it never looks for is a bug: more attempts would only delay the error.
 */
const MOST_LOOKS = 3;

/** How much a probe writes after a failed write. Small writes can still succeed on a full disk. */
const ROOM_ROWS = 500;
const ROOM_BYTES_PER_ROW = 1900;

/** For a transaction that nobody waits for. */
const BRIEF = ['SET LOCAL lock_timeout = 100'];

/**
 * For snapshots. They read pages of lists, in the order of an index. The planner takes a value for rare if it has no
 * statistics, or does not know the value when it plans: it would read all rows of a hot promotion, and sort them. Without
 * just-in-time compilation, which is for long queries: on servers before version 18, what is off has a price beyond its
 * threshold.
 */
const BY_INDEX = ['enable_seqscan', 'enable_bitmapscan', 'jit'].map((setting) => `SET LOCAL ${setting} = off`);

/**
 * Connects to a database and runs the migrations.
 * @param warn gets a message while the server cannot be reached
 * @throws when the database cannot be used, or was written by a newer version of the gateway
 */
export async function openPostgres(
  address: PostgresOptions,
  warn: (message: string) => void = () => {},
): Promise<Engine> {
  const {
    url,
    directUrl = url,
    poolSize = DEFAULT_SERVER_OPTIONS.poolSize,
    waitSeconds = 0,
    hasLimits = true,
    local = LOCAL_CLOCK,
  } = address;
  const limits = !hasLimits ? 'NONE' : directUrl === url ? 'CONNECTION' : 'TRANSACTION';
  const connections = new PostgresConnections({ url, limits, poolSize });
  const engine = new PostgresEngine(connections, { directUrl, poolSize, local });
  try {
    await whenReachable(() => migrate(directUrl), { waitSeconds, name: databaseAt(url), warn });
    await engine.start();
    return engine;
  } catch (error) {
    await engine.close();
    throw unusable(url, error);
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

interface EngineOptions {
  directUrl: string;
  poolSize: number;
  local: LocalClock;
}

/** A PostgreSQL database, which any number of processes may use. */
class PostgresEngine implements Engine {
  readonly reads: Db;
  readonly dialect = postgresDialect;
  readonly snapshotsAtOnce: number;
  readonly changeLog: PostgresChangeLog;
  readonly #clock: ServerClock;
  readonly #connections: PostgresConnections;
  readonly #writes: Db;
  readonly #briefWrites: Db;
  readonly #snapshots: Db;
  readonly #scope = new TransactionScope();
  /** Leaves one connection to reads, because a transaction may wait for one. */
  readonly #writeSlots: BulkheadPolicy;
  /** A snapshot waits for no other connection, so it ends however many transactions wait for a lock. */
  readonly #snapshotSlots: BulkheadPolicy;
  readonly #attempts: IPolicy;
  readonly #running = new Set<Promise<unknown>>();
  readonly #announcer: ChangeAnnouncer;
  /** How many writing transactions have ended. */
  #commits = 0;
  #trouble: string | null = null;
  #closing: Promise<void> | null = null;

  constructor(connections: PostgresConnections, { directUrl, poolSize, local }: EngineOptions) {
    this.#connections = connections;
    // The others are for writes.
    this.snapshotsAtOnce = Math.max(1, Math.floor(poolSize / 2));
    this.#clock = new ServerClock(local);
    this.#announcer = new ChangeAnnouncer(connections);
    this.#writes = kyselyOver(new PostgresDriver(connections, BEGIN_WRITE));
    this.#briefWrites = kyselyOver(new PostgresDriver(connections, BEGIN_WRITE, BRIEF));
    this.#snapshots = kyselyOver(new PostgresDriver(connections, BEGIN_SNAPSHOT, BY_INDEX));
    this.reads = this.#writes;
    this.changeLog = new PostgresChangeLog(this.reads, { directUrl, commits: () => this.#commits });
    this.#writeSlots = bulkhead(poolSize - 1, Number.POSITIVE_INFINITY);
    this.#snapshotSlots = bulkhead(this.snapshotsAtOnce, Number.POSITIVE_INFINITY);
    this.#attempts = wrap(
      retry(handleWhen(isUniqueViolation), { maxAttempts: MOST_LOOKS - 1 }),
      retry(handleWhen(isConflict), {
        maxAttempts: MOST_ATTEMPTS - 1,
        // With jitter, so that two transactions do not meet again.
        backoff: new ExponentialBackoff({ initialDelay: 2, maxDelay: 200 }),
      }),
    );
  }

  /** Connects, and takes the server's time. */
  start(): Promise<void> {
    return this.snapshot((db) => this.#clock.measure(db));
  }

  clock(): Instant {
    return this.#clock.now();
  }

  transaction<Result>(work: (db: Db) => Promise<Result>): Promise<Result> {
    return this.#write(this.#writes, work);
  }

  briefly<Result>(work: (db: Db) => Promise<Result>): Promise<Result> {
    return this.#write(this.#briefWrites, work);
  }

  snapshot<Result>(work: (db: Db) => Promise<Result>): Promise<Result> {
    return this.#run('store snapshot', this.#snapshotSlots, () => this.#snapshots.transaction().execute(work));
  }

  gathered<Key, Value>(load: (keys: readonly Key[]) => Promise<Value[]>): (key: Key) => Promise<Value> {
    return gathered(load);
  }

  limiter(keyPrefix: string, window: Window): Limiter {
    return postgresLimiter(this.reads, keyPrefix, window);
  }

  trouble(): string | null {
    return this.#trouble;
  }

  async probe(): Promise<void> {
    try {
      const rows = this.#trouble === null ? 1 : ROOM_ROWS;
      await this.#runWrite(this.#briefWrites, async (db) => {
        await this.#clock.measure(db);
        await writeAndDelete(db, rows);
      });
      this.#trouble = null;
    } catch (error) {
      this.#trouble = postgresTroubleOf(error) ?? 'it cannot be written';
    }
  }

  async bytes(): Promise<number> {
    const size = sql<{ bytes: number }>`select pg_database_size(current_database()) as bytes`;
    return (await size.execute(this.reads)).rows[0]?.bytes ?? 0;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#running);
    await Promise.all([this.#announcer.end(), this.changeLog.close()]);
    await this.#connections.end();
  }

  /** Runs a transaction, and runs it again after a conflict. */
  async #run<Result>(name: string, slots: BulkheadPolicy, transaction: () => Promise<Result>): Promise<Result> {
    if (this.#closing) throw new Error('The store is closed');
    const running = this.#scope.run(() => {
      // Bound, because a slot that gets free would run it in the context of the transaction that leaves it.
      const bound = AsyncResource.bind(() => inSpan(name, {}, transaction));
      return this.#attempts.execute(() => slots.execute(bound));
    });
    this.#running.add(running);
    return running.finally(() => this.#running.delete(running));
  }

  assertOutside(): void {
    this.#scope.assertOutside();
  }

  #runWrite<Result>(writes: Db, work: (db: Db) => Promise<Result>): Promise<Result> {
    return this.#run('store transaction', this.#writeSlots, () => writes.transaction().execute(work));
  }

  async #write<Result>(writes: Db, work: (db: Db) => Promise<Result>): Promise<Result> {
    try {
      const result = await this.#runWrite(writes, work);
      this.#commits += 1;
      this.#announcer.announce();
      return result;
    } catch (error) {
      if (!concernsOnlyRows(error)) this.#trouble = postgresTroubleOf(error) ?? this.#trouble;
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
