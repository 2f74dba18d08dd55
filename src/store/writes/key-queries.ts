import { type Selectable, sql } from 'kysely';
import type { IdempotencyKey, KeyRecord, KnownKey } from '../../domain/ledger/idempotency-key.ts';
import type { ProviderName } from '../../domain/promotion/promotion.ts';
import type { Db, Engine, Pair } from '../engines/engine.ts';
import { type Placeholders, type PreparedQuery, prepare } from '../engines/prepared.ts';
import { recordsJson } from '../engines/records-json.ts';
import { distinctPairs } from '../pairs.ts';
import { KEY_COLUMNS, toKeyRecord, toKeyRow } from './key-rows.ts';
import type { IdempotencyKeyTable, PendingWriteTable } from './write-tables.ts';

type KeyRow = Selectable<IdempotencyKeyTable>;
type WriteRow = Selectable<PendingWriteTable>;
type Pairs = { pairs: readonly Pair[] };
type PendingAccount = { caller: string; key: string | null; provider: ProviderName; account: string };

/** The queries for idempotency keys, for any number of keys at a time. */
export class KeyQueries {
  readonly #byKeys: PreparedQuery<Pairs, KeyRow>;
  readonly #lockByKeys: PreparedQuery<Pairs, KeyRow>;
  readonly #pendingWrites: PreparedQuery<Pairs, PendingAccount>;
  readonly #save: PreparedQuery<{ records: string }, unknown>;

  constructor(engine: Engine) {
    const { dialect } = engine;
    const byKeys = (db: Db, value: Placeholders<Pairs>) =>
      db
        .selectFrom(
          dialect.rowsOf<KeyRow>(value('pairs'), { table: 'idempotency_keys', columns: ['caller', 'key'] }).as('known'),
        )
        .selectAll();
    this.#byKeys = prepare(engine, byKeys);
    this.#lockByKeys = prepare(engine, (db, value: Placeholders<Pairs>) =>
      dialect.locked(byKeys(db, value).orderBy('caller').orderBy('key')),
    );
    this.#pendingWrites = prepare(engine, (db, value: Placeholders<Pairs>) =>
      db
        .selectFrom(
          dialect
            .rowsOf<WriteRow>(value('pairs'), { table: 'intents', columns: ['caller', 'idempotency_key'] })
            .as('pending'),
        )
        .select(['caller', 'idempotency_key as key', 'provider', 'account']),
    );
    this.#save = prepare(engine, (db, value: Placeholders<{ records: string }>) => {
      const names = Object.keys(KEY_COLUMNS).filter(isKeyColumn);
      const changing = names.filter((name) => name !== 'caller' && name !== 'key');
      return (
        db
          .insertInto('idempotency_keys')
          .columns(names)
          // "where true": without it, a parser can take "on conflict" for a join condition.
          .expression(
            db
              .selectFrom(dialect.records<KeyRow>(KEY_COLUMNS, value('records')).as('saved'))
              .select(names)
              .where(sql<boolean>`true`),
          )
          .onConflict((conflict) =>
            conflict
              .columns(['caller', 'key'])
              .doUpdateSet(Object.fromEntries(changing.map((name) => [name, sql.ref(`excluded.${name}`)]))),
          )
      );
    });
  }

  /**
   * What is recorded under these keys, each with the writes whose outcome is unknown. `resultPromotionId` is null: the
   * ledger knows the redemptions that it has loaded.
   * @param lock locks the keys until the transaction ends: a call whose lease has lapsed may be completing one of them
   */
  async known(keys: readonly IdempotencyKey[], db: Db, { lock }: { lock: boolean }): Promise<KnownKey[]> {
    if (keys.length === 0) return [];
    const rows = await (lock ? this.#lockByKeys : this.#byKeys).all(db, { pairs: distinctPairs(keys.map(pairOf)) });
    const open = rows.filter((row) => row.result_id === null);
    const writes = open.length === 0 ? [] : await this.#pendingWrites.all(db, { pairs: open.map(pairOf) });
    return rows.map((row) => ({
      record: toKeyRecord(row),
      resultPromotionId: null,
      pendingWrites: writes.filter(({ caller, key }) => caller === row.caller && key === row.key),
    }));
  }

  /** What is recorded under a key; null: nothing. */
  async record(key: IdempotencyKey, db: Db): Promise<KeyRecord | null> {
    const [row] = await this.#byKeys.all(db, { pairs: [pairOf(key)] });
    return row ? toKeyRecord(row) : null;
  }

  /** Records what is known about keys, whether or not their calls leased them first. */
  async save(records: readonly KeyRecord[], db: Db): Promise<void> {
    if (records.length > 0) await this.#save.run(db, { records: recordsJson(records.map(toKeyRow)) });
  }
}

function pairOf({ caller, key }: IdempotencyKey): Pair {
  return [caller, key];
}

function isKeyColumn(name: string): name is keyof KeyRow {
  return Object.hasOwn(KEY_COLUMNS, name);
}
