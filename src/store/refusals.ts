import { type SelectQueryBuilder, sql } from 'kysely';
import { z } from 'zod';
import { normalizedCode, typedCode } from '../domain/codes/code.ts';
import { refusalId } from '../domain/promotion/identity.ts';
import { type Instant, PROVIDERS } from '../domain/promotion/promotion.ts';
import { PROVIDER_HEALTHS } from '../domain/provider/provider.ts';
import type { RefusalReason } from '../domain/redemption/outcomes.ts';
import type { RecordedRefusal } from '../domain/redemption/recorded-refusal.ts';
import type { Db, Engine } from './engines/engine.ts';
import { type Placeholders, type PreparedQuery, prepare } from './engines/prepared.ts';
import { recordsJson } from './engines/records-json.ts';
import { write } from './engines/write.ts';
import type { ForgottenCustomers } from './forgotten-customers.ts';
import type { ListPage, PageSlice } from './lists/cursor.ts';
import { countRows, RowBudget, type RowCount, takePage } from './lists/look-through.ts';
import { narrowedScan } from './lists/narrowed-scan.ts';
import { numberedRows } from './lists/numbered-rows.ts';
import { MOST_LOOKED_AT, type Scan } from './lists/scan.ts';
import type { Turns } from './lists/turns.ts';
import type { RefusalRow, Tables } from './tables.ts';

/** A refusal as stored. */
export interface StoredRefusal extends RecordedRefusal {
  kind: 'RecordedRefusal';
  id: string;
}

/** The filter of a list of refusals. An absent field does not filter. */
export interface RefusalFilter {
  /** The only caller whose refusals may be listed. */
  ownOf?: string;
  /** Compared as look-ups compare codes. */
  code?: string;
  customerId?: string;
  orderId?: string;
  reason?: RefusalReason;
  caller?: string;
  after?: Instant;
  before?: Instant;
}

/** The only sort order of refusals: newest first. */
export const REFUSAL_SORT = 'NEWEST_FIRST';

/** How many rows one call deletes at most. More would keep other writes waiting. */
export const MOST_DELETED_REFUSALS = 5000;

/** How many characters of a code are stored, because an input may be as long as a request. */
const STORED_CODE_LENGTH = 100;

const LIST = {
  from: sql`refusals`,
  table: 'refusals',
  value: sql.ref<number>('refusals.at'),
  tie: sql.ref<number>('refusals.number'),
  direction: 'desc',
} as const;

const COLUMNS = {
  at: 'integer',
  operation: 'text',
  caller: 'text',
  request_id: 'text',
  code: 'text',
  normalized_code: 'text',
  promotion_id: 'text',
  customer_id: 'text',
  order_id: 'text',
  reason: 'text',
  reason_given: 'text',
  providers: 'text',
} as const satisfies Record<keyof Omit<RefusalRow, 'number'>, 'integer' | 'text'>;

const NAMES = Object.keys(COLUMNS).filter((name): name is keyof typeof COLUMNS => name in COLUMNS);

/** What was refused to all callers, and why. */
export class Refusals {
  readonly #engine: Engine;
  readonly #forgotten: ForgottenCustomers;
  readonly #turns: Turns;
  readonly #rowsOf: (db: Db, numbers: readonly number[]) => Promise<RefusalRow[]>;
  readonly #insert: PreparedQuery<{ records: string }, unknown>;

  constructor(engine: Engine, turns: Turns, forgotten: ForgottenCustomers) {
    this.#engine = engine;
    this.#forgotten = forgotten;
    this.#turns = turns;
    this.#rowsOf = numberedRows(engine, 'refusals');
    this.#insert = prepare(engine, (db, value: Placeholders<{ records: string }>) => {
      const records = engine.dialect.records<Omit<RefusalRow, 'number'>>(COLUMNS, value('records'));
      // A confirmation names no code: its hold knows only the promotion.
      const columns = NAMES.map((name) =>
        name === 'code' || name === 'normalized_code'
          ? sql`coalesce(${sql.ref(`new.${name}`)}, substr(${sql.ref(`promotions.${name}`)}, 1, ${sql.lit(STORED_CODE_LENGTH)}))`
          : sql.ref(`new.${name}`),
      );
      const rows = sql<Omit<RefusalRow, 'number'>>`select ${sql.join(columns)} from ${records} as new
        left join promotions on promotions.id = new.promotion_id`;
      return db.insertInto('refusals').columns(NAMES).expression(rows);
    });
  }

  /** Stores refusals, with the beginnings of their codes. Customers that were forgotten since are replaced. */
  async addAll(refusals: readonly RecordedRefusal[], db?: Db): Promise<void> {
    await write(this.#engine, db, async (db) => {
      const current = await this.#forgotten.withReplacements(refusals, db);
      await this.#insert.run(db, { records: recordsJson(current.map(toRow)) });
    });
  }

  /** A refusal by its number; null: it does not exist, or was deleted. */
  async get(number: number, db: Db = this.#engine.reads): Promise<StoredRefusal | null> {
    const [row] = await this.#rowsOf(db, [number]);
    return row ? toRefusal(row) : null;
  }

  /** A page of refusals. Its cost grows with the number of refusals only if the filter has several fields. */
  async page(filter: RefusalFilter, slice: PageSlice, budget = new RowBudget()): Promise<ListPage<StoredRefusal>> {
    const look = { scan: scanOf(filter), mostLookedAt: MOST_LOOKED_AT, budget };
    const { entries, reached } = await takePage(this.#source, look, { sort: REFUSAL_SORT, slice }, this.#rowsOf);
    return { entries: entries.map(({ row, position }) => ({ row: toRefusal(row), position })), reached };
  }

  /** Counts the refusals, up to the limits of {@link countRows}. */
  count(filter: RefusalFilter, budget = new RowBudget()): Promise<RowCount> {
    return countRows(this.#source, { scan: scanOf(filter), mostLookedAt: MOST_LOOKED_AT, budget });
  }

  /**
   * Deletes the refusals of a caller, except the newest.
   * @param kept how many stay
   * @returns how many were deleted: at most {@link MOST_DELETED_REFUSALS}
   */
  trim(caller: string, kept: number, db?: Db): Promise<number> {
    return this.#delete(db, (db) =>
      db
        .selectFrom('refusals')
        .select('number')
        .where('caller', '=', caller)
        .orderBy('at', 'desc')
        .orderBy('number', 'desc')
        .offset(kept),
    );
  }

  /** Deletes refusals of this instant and before. @returns how many: at most {@link MOST_DELETED_REFUSALS} */
  deleteOld(until: Instant, db?: Db): Promise<number> {
    return this.#delete(db, (db) => db.selectFrom('refusals').select('number').where('at', '<=', until).orderBy('at'));
  }

  #delete(db: Db | undefined, chosen: (db: Db) => NumberQuery): Promise<number> {
    return write(this.#engine, db, async (db) => {
      const numbers = chosen(db).limit(MOST_DELETED_REFUSALS);
      const { numDeletedRows } = await db
        .deleteFrom('refusals')
        .where('number', 'in', numbers)
        .executeTakeFirstOrThrow();
      return Number(numDeletedRows);
    });
  }

  get #source() {
    return { engine: this.#engine, turns: this.#turns };
  }
}

const providerStates = z.array(z.object({ provider: z.enum(PROVIDERS), state: z.enum(PROVIDER_HEALTHS) }));

type NumberQuery = SelectQueryBuilder<Tables, 'refusals', { number: number }>;

/** The columns with the most different values come first. */
function scanOf(filter: RefusalFilter): Scan {
  const { orderId, customerId, code, caller, ownOf, reason } = filter;
  const columns = {
    order_id: [orderId],
    customer_id: [customerId],
    normalized_code: [code === undefined ? undefined : normalizedCode(storedCode(code))],
    caller: [caller, ownOf],
    reason: [reason],
  };
  return narrowedScan(LIST, columns, filter);
}

/** The beginning of a typed code. A text that can be no code may contain what a store cannot keep. */
function storedCode(code: string): string {
  return typedCode(code).slice(0, STORED_CODE_LENGTH).toWellFormed().replaceAll('\0', '\ufffd');
}

function toRow(refusal: RecordedRefusal): Omit<RefusalRow, 'number'> {
  const code = refusal.code === null ? null : storedCode(refusal.code);
  return {
    at: refusal.at,
    operation: refusal.operation,
    caller: refusal.caller,
    request_id: refusal.requestId,
    code,
    normalized_code: code === null ? null : normalizedCode(code),
    promotion_id: refusal.promotionId,
    customer_id: refusal.customerId,
    order_id: refusal.orderId,
    reason: refusal.reason,
    reason_given: refusal.reasonGiven,
    providers: JSON.stringify(refusal.providers),
  };
}

function toRefusal(row: RefusalRow): StoredRefusal {
  return {
    kind: 'RecordedRefusal',
    id: refusalId(row.number),
    at: row.at,
    operation: row.operation,
    caller: row.caller,
    requestId: row.request_id,
    code: row.code,
    promotionId: row.promotion_id,
    customerId: row.customer_id,
    orderId: row.order_id,
    reason: row.reason,
    reasonGiven: row.reason_given,
    providers: providerStates.parse(JSON.parse(row.providers)),
  };
}
