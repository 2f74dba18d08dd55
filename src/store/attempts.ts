import { sql } from 'kysely';
import { typedCode } from '../domain/codes/code.ts';
import type { TriedText } from '../domain/codes/typing.ts';
import { attemptId } from '../domain/promotion/identity.ts';
import type { Instant } from '../domain/promotion/promotion.ts';
import type { RefusalReason } from '../domain/redemption/outcomes.ts';
import type { Db, Engine, Limiter, Window } from './engines/engine.ts';
import { write } from './engines/write.ts';
import type { ListPage, PageSlice } from './lists/cursor.ts';
import { countRows, RowBudget, type RowCount, takePage } from './lists/look-through.ts';
import { narrowedScan } from './lists/narrowed-scan.ts';
import { numberedRows } from './lists/numbered-rows.ts';
import { MOST_LOOKED_AT, type Scan } from './lists/scan.ts';
import type { Turns } from './lists/turns.ts';
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
  /** False for a text that only types another one on. */
  isCounted: boolean;
}

/** An attempt as stored. */
export interface StoredAttempt extends Omit<Attempt, 'isCounted'> {
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
  readonly #engine: Engine;
  readonly #turns: Turns;
  readonly #rowsOf: (db: Db, numbers: readonly number[]) => Promise<AttemptRow[]>;

  constructor(engine: Engine, turns: Turns) {
    this.#engine = engine;
    this.#turns = turns;
    this.#rowsOf = numberedRows(engine, 'attempts');
  }

  /** Stores an attempt with the beginning of its code. */
  async add({ at, caller, customerId, address, code, reason, isCounted }: Attempt, db?: Db): Promise<void> {
    const stored = typedCode(code).slice(0, STORED_CODE_LENGTH);
    const row = { at, caller, customer_id: customerId, address, code: stored, reason, is_counted: Number(isCounted) };
    await write(this.#engine, db, (db) => db.insertInto('attempts').values(row).execute());
  }

  /**
   * What a customer of a caller, or a guest at an address, has tried last, newest first. Empty for a guest without an
   * address: such attempts may be anybody's.
   */
  async latestOf(
    { caller, customerId, address }: Pick<Attempt, 'caller' | 'customerId' | 'address'>,
    { after, most }: { after: Instant; most: number },
  ): Promise<TriedText[]> {
    const latest = this.#engine.reads
      .selectFrom('attempts')
      .select(['at', 'code as text', 'is_counted'])
      .where('caller', '=', caller)
      .where('at', '>=', after)
      .orderBy('at', 'desc')
      .orderBy('number', 'desc')
      .limit(most);
    if (customerId === null && address === null) return [];
    const ofPerson =
      customerId === null
        ? latest.where('address', '=', address).where('customer_id', 'is', null)
        : latest.where('customer_id', '=', customerId);
    return (await ofPerson.execute()).map(({ at, text, is_counted }) => ({ at, text, isCounted: is_counted === 1 }));
  }

  /** An attempt by its number; null: it does not exist, or was deleted. */
  async get(number: number, db: Db = this.#engine.reads): Promise<StoredAttempt | null> {
    const [row] = await this.#rowsOf(db, [number]);
    return row ? toAttempt(row) : null;
  }

  /** A page of attempts. Its cost grows with the number of attempts only if the filter has several fields. */
  async page(filter: AttemptFilter, slice: PageSlice, budget = new RowBudget()): Promise<ListPage<StoredAttempt>> {
    const look = { scan: scanOf(filter), mostLookedAt: MOST_LOOKED_AT, budget };
    const { entries, reached } = await takePage(this.#source, look, { sort: ATTEMPT_SORT, slice }, this.#rowsOf);
    return { entries: entries.map(({ row, position }) => ({ row: toAttempt(row), position })), reached };
  }

  /** Counts the attempts, up to the limits of {@link countRows}. */
  count(filter: AttemptFilter, budget = new RowBudget()): Promise<RowCount> {
    return countRows(this.#source, { scan: scanOf(filter), mostLookedAt: MOST_LOOKED_AT, budget });
  }

  /** The callers with failed attempts for a customer. */
  async callersFor(customerId: string, db: Db = this.#engine.reads): Promise<string[]> {
    const callers = db.selectFrom('attempts').select('caller').distinct().where('customer_id', '=', customerId);
    return (await callers.execute()).map(({ caller }) => caller);
  }

  async deleteOld(now: Instant, db?: Db): Promise<void> {
    await write(this.#engine, db, async (db) => {
      await db
        .deleteFrom('attempts')
        .where('at', '<=', now - RETENTION_MS)
        .execute();
      await db.deleteFrom('attempt_limits').where('expire', '<=', now).execute();
    });
  }

  /** A limiter that allows `points` in `seconds`. All processes with the same store share it. */
  limiter(keyPrefix: string, window: Window): Limiter {
    return this.#engine.limiter(keyPrefix, window);
  }

  get #source() {
    return { engine: this.#engine, turns: this.#turns };
  }
}

/** The columns with the most different values come first. */
function scanOf(filter: AttemptFilter): Scan {
  const { customerId, address, caller, ownOf } = filter;
  return narrowedScan(LIST, { customer_id: [customerId], address: [address], caller: [caller, ownOf] }, filter);
}

function toAttempt({ number, at, caller, customer_id: customerId, address, code, reason }: AttemptRow): StoredAttempt {
  return { kind: 'FailedAttempt', id: attemptId(number), at, caller, customerId, address, code, reason };
}
