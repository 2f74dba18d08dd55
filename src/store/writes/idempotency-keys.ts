import { type Selectable, sql } from 'kysely';
import type { AccountScope } from '../../auth/account-scope.ts';
import type { Instant, ProviderName } from '../../domain/promotion/promotion.ts';
import type { Sequence } from '../sequence.ts';
import { type Database, type Prepared, parameter } from '../sqlite/database.ts';
import type { IdempotencyKeyTable } from '../tables.ts';
import { IdempotencyKeyScope } from './idempotency-key-scope.ts';
import { isLeased, LeaseLostError } from './leases.ts';

/** An idempotency key and whose it is: another caller's key of the same text is another key. */
export interface IdempotencyKey {
  caller: string;
  key: string;
}

/** A mutation under an idempotency key, and what the key is used for. */
export interface IdempotentCall extends IdempotencyKey {
  mutation: string;
  /** A digest of the normalised input. */
  inputHash: string;
  /** What the caller may see now: a result elsewhere, of a time when it saw more, is a conflict. */
  accountScope: AccountScope;
}

/** A claimed key. Its token is larger than that of any claim before, so that an older holder can be told from this one. */
export interface Lease extends IdempotencyKey {
  token: number;
}

/** What a key says to a call: it is free, its effect is there, another call has it under way, or it means something else. */
export type IdempotencyKeyState =
  | { kind: 'UNUSED' }
  | { kind: 'COMPLETED'; resultId: string }
  | { kind: 'IN_PROGRESS'; provider: ProviderName }
  | { kind: 'CONFLICT' };

/** What claiming a key found. */
export type Claim<Call extends IdempotencyKey> =
  | { kind: 'CLAIMED'; lease: Call & Lease }
  | Exclude<IdempotencyKeyState, { kind: 'UNUSED' }>;

const LIFETIME = 30 * 24 * 60 * 60 * 1000;

/** Idempotency keys: spent by an effect, leased while a call runs, kept for 30 days. */
export class IdempotencyKeys {
  readonly #database: Database;
  readonly #byKey: Prepared<IdempotencyKey, Selectable<IdempotencyKeyTable>>;
  readonly #write: Prepared<Selectable<IdempotencyKeyTable>>;
  readonly #sequence: Sequence;
  readonly #scope: IdempotencyKeyScope;

  constructor(database: Database, sequence: Sequence) {
    this.#database = database;
    this.#sequence = sequence;
    this.#scope = new IdempotencyKeyScope(database);
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
      token: parameter<number>('token'),
      code: parameter<string | null>('code'),
    };
    this.#write = database.prepare(
      database.build
        .insertInto('idempotency_keys')
        .values({ caller: parameter<string>('caller'), key: parameter('key'), ...columns })
        .onConflict((conflict) => conflict.columns(['caller', 'key']).doUpdateSet(columns)),
    );
  }

  state(call: IdempotentCall, now: Instant): IdempotencyKeyState {
    const row = this.#byKey.get(call);
    return row ? this.#stateOf(row, call, now) : { kind: 'UNUSED' };
  }

  /** Claims a free key until `leasedUntil`, so that the same call in any process waits; tells what it found otherwise. */
  claim<Call extends IdempotentCall>(
    call: Call,
    provider: ProviderName,
    leasedUntil: Instant,
    now: Instant,
  ): Claim<Call> {
    return this.#database.transaction((): Claim<Call> => {
      const row = this.#byKey.get(call);
      const state: IdempotencyKeyState = row ? this.#stateOf(row, call, now) : { kind: 'UNUSED' };
      if (state.kind !== 'UNUSED') return state;
      const token = this.#sequence.next();
      const code = row && isSame(row, call) ? row.code : null;
      const claimed = { provider, result_id: null, leased_until: leasedUntil, created_at: now, token, code };
      this.#write.run({ ...rowOf(call), ...claimed });
      return { kind: 'CLAIMED', lease: { ...call, token } };
    });
  }

  /**
   * Makes sure that nobody has taken a claimed key over. Part of the transaction of each step that has an effect.
   * @throws {LeaseLostError}
   */
  assertLeased({ caller, key, token }: Lease): void {
    const row = this.#byKey.get({ caller, key });
    if (row?.token !== token || row.result_id !== null) throw new LeaseLostError();
  }

  /** Whether somebody has taken a claimed key over; it may have been spent by its holder. */
  isLost({ caller, key, token }: Lease): boolean {
    return this.#byKey.get({ caller, key })?.token !== token;
  }

  /**
   * The running call goes on: its claim holds until `leasedUntil`. Does not wait long for a store that is locked.
   * @throws {LeaseLostError}
   */
  renew({ caller, key, token }: Lease, leasedUntil: Instant): void {
    const renewed = this.#database.briefly(() =>
      this.#database.run(
        this.#database.build
          .updateTable('idempotency_keys')
          .set({ leased_until: leasedUntil })
          .where('caller', '=', caller)
          .where('key', '=', key)
          .where('token', '=', token)
          .where('result_id', 'is', null),
      ),
    );
    if (renewed === 0) throw new LeaseLostError();
  }

  /**
   * The code text of a creation that names none: generated once, before anything is sent, and the same for each repeat
   * and for a process that takes the call over.
   * @throws {LeaseLostError}
   */
  fixCode(lease: Lease, generate: () => string): string {
    return this.#database.transaction(() => {
      this.assertLeased(lease);
      const { caller, key } = lease;
      const code = this.#byKey.get({ caller, key })?.code ?? generate();
      const { build } = this.#database;
      this.#database.run(
        build.updateTable('idempotency_keys').set({ code }).where('caller', '=', caller).where('key', '=', key),
      );
      return code;
    });
  }

  /** From now on the key gives this object, whether or not the call claimed it first. */
  recordResult(call: IdempotentCall, provider: ProviderName, resultId: string, now: Instant): void {
    const spent = { provider, result_id: resultId, leased_until: now, created_at: now, token: 0, code: null };
    this.#write.run({ ...rowOf(call), ...spent });
  }

  /**
   * The same for a key that was claimed, maybe long ago.
   * @throws {LeaseLostError}
   */
  complete({ caller, key, token }: Lease, resultId: string, now: Instant): void {
    const spent = this.#database.run(
      this.#database.build
        .updateTable('idempotency_keys')
        .set({ result_id: resultId, created_at: now })
        .where('caller', '=', caller)
        .where('key', '=', key)
        .where('token', '=', token)
        .where('result_id', 'is', null),
    );
    if (spent === 0) throw new LeaseLostError();
  }

  /**
   * Claims the key of a call whose process may have died, to find out what became of it. Null: the call is under way, or
   * has had its effect.
   */
  takeOver({ caller, key }: IdempotencyKey, leasedUntil: Instant, now: Instant): Lease | null {
    const takeable = () => {
      const row = this.#byKey.get({ caller, key });
      return row && row.result_id === null && !isLeased(row.leased_until, now) ? row : null;
    };
    // Most are under way: they cost no write.
    if (!takeable()) return null;
    return this.#database.transaction(() => {
      const row = takeable();
      if (!row) return null;
      const token = this.#sequence.next();
      this.#write.run({ ...row, leased_until: leasedUntil, token });
      return { caller, key, token };
    });
  }

  /**
   * The call has ended: its key may be used again if it had no effect. While a write of it has an outcome that nobody
   * knows, or has made half of what was asked, the key stays taken, and the same call goes on from there. A code text
   * that was generated for it is kept. Does nothing for a key that somebody else has taken over.
   */
  release({ caller, key, token }: Lease): void {
    const { build } = this.#database;
    this.#database.transaction(() => {
      const row = this.#byKey.get({ caller, key });
      if (row?.token !== token || row.result_id !== null) return;
      // Whatever the clock of the next process says.
      this.#write.run({ ...row, leased_until: 0 });
      this.#database.run(
        build
          .deleteFrom('idempotency_keys')
          .where('caller', '=', caller)
          .where('key', '=', key)
          .where('code', 'is', null)
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

  #stateOf(row: Selectable<IdempotencyKeyTable>, call: IdempotentCall, now: Instant): IdempotencyKeyState {
    const isOld = row.created_at <= now - LIFETIME;
    if (row.result_id !== null) {
      if (isOld) return { kind: 'UNUSED' };
      const isSeen = this.#scope.hasResult(call.accountScope, row.result_id);
      return isSeen && isSame(row, call) ? { kind: 'COMPLETED', resultId: row.result_id } : { kind: 'CONFLICT' };
    }
    const isRunning = isLeased(row.leased_until, now);
    if (isSame(row, call) && this.#scope.hasWrites(call.accountScope, row))
      return isRunning ? { kind: 'IN_PROGRESS', provider: row.provider } : { kind: 'UNUSED' };
    // What another input, or a caller with another reach, has left is in the way as long as its outcome is open, however old it is.
    return isRunning || this.#hasIntents(row) ? { kind: 'CONFLICT' } : { kind: 'UNUSED' };
  }

  #hasIntents({ caller, key }: IdempotencyKey): boolean {
    const { build } = this.#database;
    const open = build
      .selectFrom('intents')
      .select('id')
      .where('caller', '=', caller)
      .where('idempotency_key', '=', key);
    return this.#database.row(open) !== undefined;
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

function isSame(row: Selectable<IdempotencyKeyTable>, { mutation, inputHash }: IdempotentCall): boolean {
  return row.mutation === mutation && row.input_hash === inputHash;
}

function rowOf({ caller, key, mutation, inputHash }: IdempotentCall) {
  return { caller, key, mutation, input_hash: inputHash };
}
