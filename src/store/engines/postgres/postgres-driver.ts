import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from 'kysely';
import { inSpan } from '../../../telemetry/span.ts';
import { type PostgresConnections, UsedConnection } from './postgres-connections.ts';

export const BEGIN_WRITE = 'BEGIN ISOLATION LEVEL READ COMMITTED';
export const BEGIN_SNAPSHOT = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';

/** The statements that return how many rows they changed. */
const WRITES = ['INSERT', 'UPDATE', 'DELETE', 'MERGE'];

/**
 * The server has no U+0000 and refuses a query with one. What is written was checked before, but any text can be looked
 * up. U+FFFD takes its place, as in the answers of providers.
 */
function storable(value: unknown): unknown {
  if (typeof value === 'string') return value.includes('\0') ? value.replaceAll('\0', '\ufffd') : value;
  return Array.isArray(value) ? value.map(storable) : value;
}

/** Runs Kysely's queries and transactions on the connections of a pool. */
export class PostgresDriver implements Driver {
  readonly #connections: PostgresConnections;
  readonly #beginning: string;
  readonly #isReadOnly: boolean;

  /** @param settings statements for the beginning of each transaction */
  constructor(connections: PostgresConnections, begin: string, settings: readonly string[] = []) {
    this.#connections = connections;
    // One message for all, so that the transaction begins in one round trip.
    this.#isReadOnly = begin === BEGIN_SNAPSHOT;
    this.#beginning = [begin, ...connections.transactionLimits, ...settings].join('; ');
  }

  async acquireConnection(): Promise<PostgresConnection> {
    return new PostgresConnection(new UsedConnection(await this.#connections.acquire()));
  }

  async beginTransaction(connection: PostgresConnection): Promise<void> {
    await connection.begin(this.#beginning);
  }

  async commitTransaction(connection: PostgresConnection): Promise<void> {
    if (this.#isReadOnly) connection.endReads();
    else await connection.commit();
  }

  async rollbackTransaction({ used }: PostgresConnection): Promise<void> {
    try {
      await used.query('ROLLBACK');
    } catch {
      // The server rolls back when the connection ends. The caller gets the error that led to this.
      used.discard();
    }
  }

  async releaseConnection(connection: PostgresConnection): Promise<void> {
    connection.release();
  }

  async init(): Promise<void> {}
  async destroy(): Promise<void> {}
}

/** A connection of the pool, for one query or one transaction. */
class PostgresConnection implements DatabaseConnection {
  readonly used: UsedConnection;
  #isTransaction = false;
  #isReleased = false;
  /** The end of a transaction that nobody waits for. */
  #ending: Promise<void> | null = null;
  /** The first error in a transaction. After it, the server refuses every query and commits nothing. */
  #failure: { error: unknown } | null = null;

  constructor(used: UsedConnection) {
    this.used = used;
  }

  async begin(statements: string): Promise<void> {
    try {
      await this.used.query(statements);
      this.#isTransaction = true;
    } catch (error) {
      // Nobody rolls back what has not begun, but the first of the statements may have worked.
      this.used.discard();
      throw error;
    }
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    // The next user of the connection may have it already.
    if (this.#isReleased) throw new Error('The transaction has ended');
    if (this.#failure) throw this.#failure.error;
    // The text contains no parameter values.
    const attributes = { 'db.system.name': 'postgresql', 'db.query.text': sql };
    const run = () => this.used.query(sql, parameters.map(storable));
    try {
      const { command, rowCount, rows } = await inSpan('store query', { kind: 'CLIENT', attributes }, run);
      return WRITES.includes(command) ? { rows, numAffectedRows: BigInt(rowCount ?? 0) } : { rows };
    } catch (error) {
      if (this.#isTransaction) this.#failure = { error };
      throw error;
    }
  }

  /** @throws the error of a query that has failed, although `work` has not thrown it */
  async commit(): Promise<void> {
    if (this.#failure) throw this.#failure.error;
    await this.used.query('COMMIT');
  }

  /**
   * Ends a transaction that has only read. The caller does not wait for the server, because nothing depends on its answer.
   * @throws the error of a query that has failed, although `work` has not thrown it
   */
  endReads(): void {
    if (this.#failure) throw this.#failure.error;
    this.#ending = this.used.query('COMMIT').then(
      () => {},
      () => this.used.discard(),
    );
  }

  release(): void {
    this.#isReleased = true;
    if (this.#ending) void this.#ending.then(() => this.used.release());
    else this.used.release();
  }

  // biome-ignore lint/correctness/useYield: Kysely wants a generator.
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('Streaming is not supported: read in pages');
  }
}
