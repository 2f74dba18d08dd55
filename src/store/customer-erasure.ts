import { type RawBuilder, sql } from 'kysely';
import type { Engine } from './engines/engine.ts';
import { ForgottenCustomers } from './forgotten-customers.ts';
import type { Tables } from './tables.ts';

/** The tables with a column `customer_id`. */
type CustomerTable = { [Name in keyof Tables]: 'customer_id' extends keyof Tables[Name] ? Name : never }[keyof Tables];

/** What an erasure changes in each kind of record. */
export type ErasedRows = Record<
  'redemptions' | 'attempts' | 'refusals' | 'rules' | 'history' | 'keys' | 'limits',
  number
>;

/** Where a store has the ids of customers. */
interface Place {
  kind: keyof ErasedRows;
  table: keyof Tables;
  /** The column by which rows are looked up. */
  key: string;
  isOfCustomer: RawBuilder<boolean>;
  /** Absent: every row of the customer can be changed. */
  canChange?: RawBuilder<boolean>;
  changes: RawBuilder<unknown>;
}

/** How many rows one transaction changes, so that gateways wait for a moment only. */
const PIECE = 200;

/**
 * Replaces a customer's id in everything that a store has, while gateways use it. Goes on until no row has the id: a
 * transaction of a gateway that read a row before may write the id again. What a gateway has yet to write gets the
 * replacement from {@link ForgottenCustomers}.
 * @param replacement an id that no customer has. All rows get the same one, so what counts for one customer still does
 */
export async function eraseCustomer(engine: Engine, customerId: string, replacement: string): Promise<ErasedRows> {
  const erased = noRows();
  await new ForgottenCustomers(engine).add(customerId, replacement);
  for (const place of placesOf(customerId, replacement)) {
    for (let changed = PIECE; changed > 0; erased[place.kind] += changed) {
      changed = await replacePiece(engine, place);
    }
  }
  return erased;
}

/** How many rows of each kind have a customer's id. */
export async function countCustomer({ reads }: Pick<Engine, 'reads'>, customerId: string): Promise<ErasedRows> {
  const found = noRows();
  for (const { kind, table, isOfCustomer } of placesOf(customerId, '')) {
    const counted = sql<{ rows: number }>`select count(*) as rows from ${sql.table(table)} where ${isOfCustomer}`;
    found[kind] += (await counted.execute(reads)).rows[0]?.rows ?? 0;
  }
  return found;
}

/** The provider's ids of the promo codes that their provider keeps for a customer. The gateway would read the id again. */
export async function codesBoundAtProvider({ reads }: Pick<Engine, 'reads'>, customerId: string) {
  return reads
    .selectFrom('promotions')
    .select(['provider', 'account', 'provider_id as providerId', 'code'])
    .where('provider_customer_id', '=', customerId)
    .orderBy('number')
    .execute();
}

/** Looks the rows up before it writes: without an index, that takes a while, and other writers would wait for it. */
async function replacePiece(engine: Engine, { table, key, isOfCustomer, canChange, changes }: Place): Promise<number> {
  const where = canChange ? sql`${isOfCustomer} and ${canChange}` : isOfCustomer;
  const found = sql<{ key: string | number }>`select distinct ${sql.ref(key)} as key from ${sql.table(table)}
    where ${where} limit ${sql.lit(PIECE)}`;
  const keys = (await found.execute(engine.reads)).rows.map((row) => row.key);
  if (keys.length === 0) return 0;
  const update = sql`update ${sql.table(table)} set ${changes} where ${sql.ref(key)} in (${sql.join(keys)}) and ${where}`;
  const { numAffectedRows } = await engine.transaction((db) => update.execute(db));
  return Number(numAffectedRows ?? 0);
}

function placesOf(customerId: string, replacement: string): Place[] {
  const isOfCustomer = sql<boolean>`customer_id = ${customerId}`;
  const columns: Record<CustomerTable, { kind: keyof ErasedRows; changes: RawBuilder<unknown> }> = {
    redemptions: { kind: 'redemptions', changes: sql`customer_id = ${ownReplacement(replacement)}` },
    // An address is the customer's, too.
    attempts: { kind: 'attempts', changes: sql`customer_id = ${replacement}, address = null` },
    refusals: { kind: 'refusals', changes: sql`customer_id = ${replacement}` },
  };
  const tables = Object.keys(columns).filter((name): name is CustomerTable => name in columns);
  return [
    ...tables.map((table) => ({ table, key: 'number', isOfCustomer, ...columns[table] })),
    {
      kind: 'rules',
      table: 'promotions',
      key: 'number',
      isOfCustomer: sql`rule_customer_id = ${customerId}`,
      changes: sql`rule_customer_id = ${replacement}`,
    },
    { ...{ kind: 'history', table: 'promotion_history', key: 'number' }, ...ofMetadata(customerId, replacement) },
    {
      ...{ kind: 'keys', table: 'idempotency_keys', key: 'caller' },
      ...ofToken({ column: 'caller', start: '["' }, customerId, replacement),
      // A running call looks for its key.
      canChange: sql`result_id is not null`,
    },
    {
      ...{ kind: 'limits', table: 'attempt_limits', key: 'key' },
      ...ofToken({ column: 'key', start: 'customer:["' }, customerId, replacement),
    },
  ];
}

/**
 * A customer of a caller is stored as JSON: `["caller","customer"]`. Nothing in it ends in the same way, because a text in
 * JSON has no quotation mark of its own.
 */
function ofToken({ column, start }: { column: string; start: string }, customerId: string, replacement: string) {
  const [end, newEnd] = [customerId, replacement].map((customer) => `,${JSON.stringify(customer)}]`);
  const ref = sql.ref(column);
  return {
    isOfCustomer: sql<boolean>`${ref} like ${`${start}%`} and substr(${ref}, length(${ref}) - length(${end}) + 1) = ${end}`,
    changes: sql`${ref} = replace(${ref}, ${end}, ${newEnd})`,
  };
}

/**
 * The metadata that the history has, where the customer is a whole value or name in it. It is JSON, and in the history
 * JSON in JSON.
 */
function ofMetadata(customerId: string, replacement: string) {
  const [old, current] = [customerId, replacement].map((id) => JSON.stringify(JSON.stringify(id)).slice(1, -1));
  const fields = sql.ref('fields');
  const replaced = [
    [`:${old}`, `:${current}`],
    [`{${old}:`, `{${current}:`],
    [`,${old}:`, `,${current}:`],
  ].reduce((text, [from, to]) => sql`replace(${text}, ${from}, ${to})`, sql`${fields}`);
  return { isOfCustomer: sql<boolean>`${replaced} <> ${fields}`, changes: sql`${fields} = ${replaced}` };
}

/**
 * Of the same order and promotion, there may be another use of the customer that has the replacement already: a use that a
 * gateway recorded in the meantime.
 */
function ownReplacement(replacement: string): RawBuilder<string> {
  const id = sql`cast(${replacement} as text)`;
  return sql`case when exists (
      select 1 from redemptions as other where other.caller = redemptions.caller
        and other.order_id = redemptions.order_id and other.promotion_id = redemptions.promotion_id
        and other.customer_id = ${replacement} and other.status in ('HELD', 'REDEEMED'))
    then ${id} || '-' || redemptions.number else ${id} end`;
}

function noRows(): ErasedRows {
  return { redemptions: 0, attempts: 0, refusals: 0, rules: 0, history: 0, keys: 0, limits: 0 };
}
