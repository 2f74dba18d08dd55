import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Instant } from '../domain/promotion/promotion.ts';
import type { Db, Engine } from './engines/engine.ts';
import { type Placeholders, type PreparedQuery, prepare } from './engines/prepared.ts';
import { write } from './engines/write.ts';
import type { Tables } from './tables.ts';

/** No record waits for longer in the memory of a gateway. */
const KEPT_MS = 7 * 24 * 60 * 60_000;

/** Something that happened to a customer. Null: a guest. */
interface CustomerRecord {
  at: Instant;
  customerId: string | null;
}

/**
 * Customers whose id was replaced, by the hash of the id. A gateway writes some records after its answer: those that are
 * older than the replacement get it, too.
 */
export class ForgottenCustomers {
  readonly #engine: Engine;
  readonly #byHash: PreparedQuery<{ hashes: readonly string[] }, Tables['forgotten_customers']>;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#byHash = prepare(engine, (db, value: Placeholders<{ hashes: readonly string[] }>) =>
      db
        .selectFrom('forgotten_customers')
        .selectAll()
        .where(engine.dialect.isAmong(sql.ref('id_hash'), value('hashes'))),
    );
  }

  /** Waits for transactions that are writing records of the customer. All later ones see the replacement. */
  async add(customerId: string, replacement: string): Promise<void> {
    const row = { id_hash: hashOf(customerId), replacement, forgotten_at: this.#engine.clock() };
    await this.#engine.transaction(async (db) => {
      await this.#engine.dialect.lock(db, [lockOf(row.id_hash)]);
      await db
        .insertInto('forgotten_customers')
        .values(row)
        .onConflict((conflict) => conflict.column('id_hash').doUpdateSet(row))
        .execute();
    });
  }

  /** Records as they may be written: without customers that were forgotten since. Part of the transaction that writes them. */
  async withReplacements<Record extends CustomerRecord>(records: readonly Record[], db: Db): Promise<Record[]> {
    const customers = new Set(records.flatMap(({ customerId }) => customerId ?? []));
    if (customers.size === 0) return [...records];
    const hashes = [...customers].map(hashOf);
    await this.#engine.dialect.lock(db, hashes.map(lockOf));
    const forgotten = new Map((await this.#byHash.all(db, { hashes })).map((row) => [row.id_hash, row]));
    if (forgotten.size === 0) return [...records];
    return records.map((record) => {
      const row = record.customerId === null ? undefined : forgotten.get(hashOf(record.customerId));
      return row && record.at <= row.forgotten_at ? { ...record, customerId: row.replacement } : record;
    });
  }

  /** Deletes what no record can need any more. */
  async deleteOld(now: Instant, db?: Db): Promise<void> {
    const until = now - KEPT_MS;
    await write(this.#engine, db, (db) =>
      db.deleteFrom('forgotten_customers').where('forgotten_at', '<', until).execute(),
    );
  }
}

function hashOf(customerId: string): string {
  return createHash('sha256').update(customerId).digest('hex');
}

function lockOf(hash: string): string {
  return `records of ${hash}`;
}
