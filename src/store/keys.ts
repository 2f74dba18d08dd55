import type { Statement } from 'better-sqlite3';
import type { Selectable } from 'kysely';
import type { Instant, ProviderName } from '../promo/promotion.ts';
import { type Database, parameter } from './database.ts';
import type { IdempotencyKeyTable } from './tables.ts';

/** A mutation under an idempotency key: whose key it is, and what it was used for. */
export interface KeyedCall {
  /** The scope of the key. */
  caller: string;
  key: string;
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
  readonly #byKey: Statement<[Pick<KeyedCall, 'caller' | 'key'>], Selectable<IdempotencyKeyTable>>;
  readonly #write: Statement<[Selectable<IdempotencyKeyTable>]>;

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
  renew({ caller, key }: KeyedCall, leasedUntil: Instant): void {
    this.#database.run(
      this.#database.build
        .updateTable('idempotency_keys')
        .set({ leased_until: leasedUntil })
        .where('caller', '=', caller)
        .where('key', '=', key)
        .where('result_id', 'is', null),
    );
  }

  /** From now on the key gives this object. */
  spend(call: KeyedCall, provider: ProviderName, resultId: string, now: Instant): void {
    this.#write.run({ ...rowOf(call), provider, result_id: resultId, leased_until: now, created_at: now });
  }

  /** The call had no effect: its key may be used again. */
  free({ caller, key }: KeyedCall): void {
    this.#database.run(
      this.#database.build
        .deleteFrom('idempotency_keys')
        .where('caller', '=', caller)
        .where('key', '=', key)
        .where('result_id', 'is', null),
    );
  }

  /** Forgets the keys that are older than 30 days. */
  forgetOld(now: Instant): void {
    this.#database.run(this.#database.build.deleteFrom('idempotency_keys').where('created_at', '<=', now - LIFETIME));
  }
}

function rowOf({ caller, key, mutation, inputHash }: KeyedCall) {
  return { caller, key, mutation, input_hash: inputHash };
}
