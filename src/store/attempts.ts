import { sql } from 'kysely';
import { type RateLimiterAbstract, RateLimiterSQLite } from 'rate-limiter-flexible';
import { typedCode } from '../domain/codes/code.ts';
import { attemptId } from '../domain/promotion/identity.ts';
import type { Instant } from '../domain/promotion/promotion.ts';
import type { RefusalReason } from '../domain/redemption/results.ts';
import type { ListPage, PageSlice } from './lists/cursor.ts';
import { countRows, RowBudget, type RowCount, takePage } from './lists/look-through.ts';
import { MOST_LOOKED_AT, type Scan } from './lists/scan.ts';
import { type Database, parameter } from './sqlite/database.ts';
import type { Condition } from './sqlite/membership.ts';
import type { AttemptRow } from './tables.ts';

/** Somebody tried a code that they could not use. */
export interface Attempt {
  at: Instant;
  caller: string;
  customerId: string | null;
  address: string | null;
  /** As it was typed; in plain characters, the first hundred of them, where it is kept. */
  code: string;
  /** Why it could not be used, which the caller was not told. */
  reason: RefusalReason;
}

/** An attempt as it is kept. */
export interface KeptAttempt extends Attempt {
  kind: 'FailedAttempt';
  id: string;
}

/** What a list of attempts is narrowed to; what is absent does not narrow it. */
export interface AttemptFilter {
  /** The only caller whose attempts may be seen. */
  ownOf?: string;
  caller?: string;
  customerId?: string;
  address?: string;
  after?: Instant;
  before?: Instant;
}

/** The one order of attempts: newest first. */
export const ATTEMPT_SORT = 'NEWEST_FIRST';

/** Longer than any code that there is; what is typed may be as long as a request. */
const LONGEST_CODE = 100;

/** In milliseconds. */
const KEPT_FOR = 7 * 24 * 60 * 60 * 1000;

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

  /** Keeps an attempt; of a code no more than tells it from others. */
  add({ at, caller, customerId, address, code, reason }: Attempt): void {
    const kept = typedCode(code).slice(0, LONGEST_CODE);
    const row = { at, caller, customer_id: customerId, address, code: kept, reason };
    this.#database.run(this.#database.build.insertInto('attempts').values(row));
  }

  /** An attempt by its number; null: there is none, or it has been forgotten. */
  get(number: number): KeptAttempt | null {
    const row = this.#byNumber.get({ number });
    return row ? toAttempt(row) : null;
  }

  /** What a page costs does not grow with how many there are, but where several things narrow it. */
  page(filter: AttemptFilter, slice: PageSlice, budget = new RowBudget()): Promise<ListPage<KeptAttempt>> {
    const look = { scan: scanOf(filter), mostLookedAt: MOST_LOOKED_AT, budget };
    return takePage(this.#database, look, { sort: ATTEMPT_SORT, slice }, (number) => this.get(number) ?? undefined);
  }

  /** How many there are in all, as far as they are counted. */
  count(filter: AttemptFilter, budget = new RowBudget()): Promise<RowCount> {
    return countRows(this.#database, { scan: scanOf(filter), mostLookedAt: MOST_LOOKED_AT, budget });
  }

  /** The callers that have tried codes in vain for a customer. */
  callersFor(customerId: string): string[] {
    const { build } = this.#database;
    const callers = build.selectFrom('attempts').select('caller').distinct().where('customer_id', '=', customerId);
    return this.#database.rows(callers).map(({ caller }) => caller);
  }

  deleteOld(now: Instant): void {
    this.#database.run(this.#database.build.deleteFrom('attempts').where('at', '<=', now - KEPT_FOR));
    this.#database.run(this.#database.build.deleteFrom('attempt_limits').where('expire', '<=', now));
  }

  /** Counts what is shared by all processes on the same file, `points` in `seconds`. */
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

/** What narrows a list the most comes first: it has the rows by an index. */
function narrowingOf({ customerId, address, caller, ownOf }: AttemptFilter): Narrowing[] {
  const columns = { customer_id: [customerId], address: [address], caller: [caller, ownOf] };
  return Object.entries(columns).flatMap(([column, values]) =>
    values.flatMap((value) => (value === undefined ? [] : [{ column, value }])),
  );
}

function conditionsOf(narrowing: Narrowing[]): Condition[] {
  return narrowing.map(({ column, value }) => sql`${sql.ref(`attempts.${column}`)} = ${value}`);
}

function toAttempt({ number, at, caller, customer_id: customerId, address, code, reason }: AttemptRow): KeptAttempt {
  return { kind: 'FailedAttempt', id: attemptId(number), at, caller, customerId, address, code, reason };
}
