import { type Selectable, sql } from 'kysely';
import type { Instant, ProviderName } from '../promo/promotion.ts';
import { type Database, type Prepared, parameter } from './database.ts';
import type { IdempotencyKeyTable } from './tables.ts';

/** An idempotency key and whose it is: another caller's key of the same text is another key. */
export interface OwnedKey {
  caller: string;
  key: string;
}

/** A mutation under an idempotency key, and what the key is used for. */
export interface KeyedCall extends OwnedKey {
  mutation: string;
  /** A digest of the normalised input. */
  inputHash: string;
}

/** What a key says to a call: it is free, its effect is there, another call has it under way, or it means something else. */
export type KeyState =
  | { kind: 'FREE' }
  | { kind: 'SPENT'; resultId: string }
  | { kind: 'RUNNING'; provider: ProviderName }
  | { kind: 'CONFLICT' };

const LIFETIME = 30 * 24 * 60 * 60 * 1000;

/** Idempotency keys: spent by an effect, leased while a call runs, kept for 30 days. */
export class Keys {
  readonly #database: Database;
  readonly #byKey: Prepared<OwnedKey, Selectable<IdempotencyKeyTable>>;
  readonly #write: Prepared<Selectable<IdempotencyKeyTable>>;

  constructor(database: Database) {
    this.#database = database;
    this.#byKey = database.prepare(
      database.build
        .selectFrom('idempotency_keys')
        .selectAll()
        .where('caller', '=', parameter<string>('caller'))
        .where('key', '=', parameter<string>('key')),
    );
    const columns = {
      mutation: parameter<string>('mutation'),
      input_hash: parameter<string>('input_hash'),
      provider: parameter<ProviderName>('provider'),
      result_id: parameter<string | null>('result_id'),
      leased_until: parameter<Instant>('leased_until'),
      created_at: parameter<Instant>('created_at'),
    };
    this.#write = database.prepare(
      database.build
        .insertInto('idempotency_keys')
        .values({ caller: parameter<string>('caller'), key: parameter('key'), ...columns })
        .onConflict((conflict) => conflict.columns(['caller', 'key']).doUpdateSet(columns)),
    );
  }

  state(call: KeyedCall, now: Instant): KeyState {
    const row = this.#byKey.get(call);
    if (!row || row.created_at <= now - LIFETIME) return { kind: 'FREE' };
    if (row.mutation !== call.mutation || row.input_hash !== call.inputHash) return { kind: 'CONFLICT' };
    if (row.result_id !== null) return { kind: 'SPENT', resultId: row.result_id };
    return row.leased_until > now ? { kind: 'RUNNING', provider: row.provider } : { kind: 'FREE' };
  }

  /** Claims a free key until `leasedUntil`, so that the same call in any process waits; tells what it found otherwise. */
  claim(call: KeyedCall, provider: ProviderName, leasedUntil: Instant, now: Instant): KeyState {
    return this.#database.transaction(() => {
      const state = this.state(call, now);
      if (state.kind === 'FREE')
        this.#write.run({ ...rowOf(call), provider, result_id: null, leased_until: leasedUntil, created_at: now });
      return state;
    });
  }

  /** The running call goes on: its claim holds until `leasedUntil`. */
  renew({ caller, key }: OwnedKey, leasedUntil: Instant): void {
    this.#database.run(
      this.#database.build
        .updateTable('idempotency_keys')
        .set({ leased_until: leasedUntil })
        .where('caller', '=', caller)
        .where('key', '=', key)
        .where('result_id', 'is', null),
    );
  }

  /** From now on the key gives this object, whether or not the call claimed it first. */
  spend(call: KeyedCall, provider: ProviderName, resultId: string, now: Instant): void {
    this.#write.run({ ...rowOf(call), provider, result_id: resultId, leased_until: now, created_at: now });
  }

  /** The same for a key that was claimed, maybe long ago. */
  spendClaimed({ caller, key }: OwnedKey, resultId: string, now: Instant): void {
    this.#database.run(
      this.#database.build
        .updateTable('idempotency_keys')
        .set({ result_id: resultId, created_at: now })
        .where('caller', '=', caller)
        .where('key', '=', key),
    );
  }

  /**
   * Claims the key of a call whose process may have died, to find out what became of it. False: the call is under way,
   * or has had its effect.
   */
  takeOver({ caller, key }: OwnedKey, leasedUntil: Instant, now: Instant): boolean {
    const claimed = this.#database.run(
      this.#database.build
        .updateTable('idempotency_keys')
        .set({ leased_until: leasedUntil })
        .where('caller', '=', caller)
        .where('key', '=', key)
        .where('result_id', 'is', null)
        .where('leased_until', '<=', now),
    );
    return claimed > 0;
  }

  /**
   * The call has ended: its key may be used again if it had no effect. While a write of it has an outcome that nobody
   * knows, or has made half of what was asked, the key stays taken, and the same call goes on from there.
   */
  release({ caller, key }: OwnedKey, now: Instant): void {
    const { build } = this.#database;
    this.#database.transaction(() => {
      this.renew({ caller, key }, now);
      this.#database.run(
        build
          .deleteFrom('idempotency_keys')
          .where('caller', '=', caller)
          .where('key', '=', key)
          .where('result_id', 'is', null)
          .where(({ not, exists }) => not(exists(intentsOf(build)))),
      );
    });
  }

  /** Forgets the keys that are older than 30 days, but for those of writes whose outcome is still looked for. */
  forgetOld(now: Instant): void {
    const { build } = this.#database;
    this.#database.run(
      build
        .deleteFrom('idempotency_keys')
        .where('created_at', '<=', now - LIFETIME)
        .where(({ not, exists }) => not(exists(intentsOf(build)))),
    );
  }
}

/** The writes of a key that have not come to an end. */
function intentsOf(build: Database['build']) {
  return build
    .selectFrom('intents')
    .select('intents.id')
    .where('intents.caller', '=', sql.ref<string>('idempotency_keys.caller'))
    .where('intents.idempotency_key', '=', sql.ref<string>('idempotency_keys.key'));
}

function rowOf({ caller, key, mutation, inputHash }: KeyedCall) {
  return { caller, key, mutation, input_hash: inputHash };
}
