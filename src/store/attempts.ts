import { sql } from 'kysely';
import { type RateLimiterAbstract, RateLimiterSQLite } from 'rate-limiter-flexible';
import { typedCode } from '../domain/codes/code.ts';
import { attemptId } from '../domain/promotion/identity.ts';
import type { Instant } from '../domain/promotion/promotion.ts';
import type { RefusalReason } from '../domain/redemption/outcomes.ts';
import type { ListPage, PageSlice } from './lists/cursor.ts';
import { countRows, RowBudget, type RowCount, takePage } from './lists/look-through.ts';
import { MOST_LOOKED_AT, type Scan } from './lists/scan.ts';
import { type Database, parameter } from './sqlite/database.ts';
import type { Condition } from './sqlite/membership.ts';
import type { AttemptRow } from './tables.ts';

/** A failed attempt to use a code. */
export interface Attempt {
  at: Instant;
  caller: string;
  customerId: string | null;
  address: string | null;
  /** As typed. The store keeps the first 100 plain characters. */
  code: string;
  /** Why the code could not be used. The caller did not learn this. */
  reason: RefusalReason;
}

/** An attempt as stored. */
export interface StoredAttempt extends Attempt {
  kind: 'FailedAttempt';
  id: string;
}

/** The filter of a list of attempts. An absent field does not filter. */
export interface AttemptFilter {
  /** The only caller whose attempts may be listed. */
  ownOf?: string;
  caller?: string;
  customerId?: string;
  address?: string;
  after?: Instant;
  before?: Instant;
}

/** The only sort order of attempts: newest first. */
export const ATTEMPT_SORT = 'NEWEST_FIRST';

/** How many characters of the input are stored, because an input may be as long as a request. */
const STORED_CODE_LENGTH = 100;

/** How long attempts are stored. */
const RETENTION_MS = 7 * 24 * 60 * 60 * 1000;

const LIST = {
  from: sql`attempts`,
  table: 'attempts',
  value: sql.ref<number>('attempts.at'),
  tie: sql.ref<number>('attempts.number'),
  direction: 'desc',
} as const;

/** The failed attempts of the last days. */
export class Attempts {
  readonly #database: Database;
  readonly #byNumber;

  constructor(database: Database) {
    this.#database = database;
    this.#byNumber = database.prepare<AttemptRow, { number: number }>(
      database.build.selectFrom('attempts').selectAll().where('number', '=', parameter<number>('number')),
    );
  }

  /** Stores an attempt with the beginning of its code. */
  add({ at, caller, customerId, address, code, reason }: Attempt): void {
    const stored = typedCode(code).slice(0, STORED_CODE_LENGTH);
    const row = { at, caller, customer_id: customerId, address, code: stored, reason };
    this.#database.run(this.#database.build.insertInto('attempts').values(row));
  }

  /** An attempt by its number; null: it does not exist, or was deleted. */
  get(number: number): StoredAttempt | null {
    const row = this.#byNumber.get({ number });
    return row ? toAttempt(row) : null;
  }

  /** A page of attempts. Its cost grows with the number of attempts only if the filter has several fields. */
  page(filter: AttemptFilter, slice: PageSlice, budget = new RowBudget()): Promise<ListPage<StoredAttempt>> {
    const look = { scan: scanOf(filter), mostLookedAt: MOST_LOOKED_AT, budget };
    return takePage(this.#database, look, { sort: ATTEMPT_SORT, slice }, (number) => this.get(number) ?? undefined);
  }

  /** Counts the attempts, up to the limits of {@link countRows}. */
  count(filter: AttemptFilter, budget = new RowBudget()): Promise<RowCount> {
    return countRows(this.#database, { scan: scanOf(filter), mostLookedAt: MOST_LOOKED_AT, budget });
  }

  /** The callers with failed attempts for a customer. */
  callersFor(customerId: string): string[] {
    const { build } = this.#database;
    const callers = build.selectFrom('attempts').select('caller').distinct().where('customer_id', '=', customerId);
    return this.#database.rows(callers).map(({ caller }) => caller);
  }

  deleteOld(now: Instant): void {
    this.#database.run(this.#database.build.deleteFrom('attempts').where('at', '<=', now - RETENTION_MS));
    this.#database.run(this.#database.build.deleteFrom('attempt_limits').where('expire', '<=', now));
  }

  /** A rate limiter that allows `points` in `seconds`. All processes with the same file share it. */
  limiter(keyPrefix: string, { points, seconds }: { points: number; seconds: number }): RateLimiterAbstract {
    return new RateLimiterSQLite({
      storeClient: this.#database.sqlite,
      storeType: 'better-sqlite3',
      tableName: 'attempt_limits',
      tableCreated: true,
      keyPrefix,
      points,
      duration: seconds,
    });
  }
}

function scanOf(filter: AttemptFilter): Scan {
  const [first, ...others] = narrowingOf(filter);
  const period = { after: filter.after, before: filter.before };
  return { ...LIST, legs: [first ? { [first.column]: first.value } : {}], period, fits: conditionsOf(others) };
}

interface Narrowing {
  column: string;
  value: string;
}

/** The most selective condition comes first: an index finds its rows. */
function narrowingOf({ customerId, address, caller, ownOf }: AttemptFilter): Narrowing[] {
  const columns = { customer_id: [customerId], address: [address], caller: [caller, ownOf] };
  return Object.entries(columns).flatMap(([column, values]) =>
    values.flatMap((value) => (value === undefined ? [] : [{ column, value }])),
  );
}

function conditionsOf(narrowing: Narrowing[]): Condition[] {
  return narrowing.map(({ column, value }) => sql`${sql.ref(`attempts.${column}`)} = ${value}`);
}

function toAttempt({ number, at, caller, customer_id: customerId, address, code, reason }: AttemptRow): StoredAttempt {
  return { kind: 'FailedAttempt', id: attemptId(number), at, caller, customerId, address, code, reason };
}
