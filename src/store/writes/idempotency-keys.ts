import { type Selectable, sql } from 'kysely';
import type { Instant, ProviderName } from '../../domain/promotion/promotion.ts';
import type { Sequence } from '../sequence.ts';
import { type Database, type Prepared, parameter } from '../sqlite/database.ts';
import { IdempotencyKeyScope } from './idempotency-key-scope.ts';
import type { Claim, IdempotencyKey, IdempotencyKeyState, IdempotentCall, Lease } from './idempotent-call.ts';
import { isLeased, LeaseLostError } from './leases.ts';
import type { IdempotencyKeyTable } from './write-tables.ts';

/** How long a key is kept, in milliseconds. */
const LIFETIME_MS = 30 * 24 * 60 * 60 * 1000;

/** Idempotency keys: leased while a call runs, completed by an effect, kept for 30 days. */
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

  /** The state of a key for this call, which may be a conflict with another input or caller scope. */
  state(call: IdempotentCall, now: Instant): IdempotencyKeyState {
    const row = this.#byKey.get(call);
    return row ? this.#stateOf(row, call, now) : { kind: 'UNUSED' };
  }

  /**
   * Leases an unused key until `leasedUntil`, so that the same call in any process waits. Otherwise returns its state.
   */
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
   * Checks that the lease is still this call's. Part of the transaction of each step that has an effect.
   * @throws {LeaseLostError}
   */
  assertLeased({ caller, key, token }: Lease): void {
    const row = this.#byKey.get({ caller, key });
    if (row?.token !== token || row.result_id !== null) throw new LeaseLostError();
  }

  /** Whether another process has taken over the lease. False for a key that its own call completed. */
  isLost({ caller, key, token }: Lease): boolean {
    return this.#byKey.get({ caller, key })?.token !== token;
  }

  /**
   * Extends the lease to `leasedUntil`. Does not wait long for a locked store.
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
   * The code of a creation that names none. It is generated once, before anything is sent, and stays the same for each
   * repeat and for a process that takes over the lease.
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

  /** Records the object that the key returns, whether or not the call leased the key first. */
  recordResult(call: IdempotentCall, provider: ProviderName, resultId: string, now: Instant): void {
    const completed = { provider, result_id: resultId, leased_until: now, created_at: now, token: 0, code: null };
    this.#write.run({ ...rowOf(call), ...completed });
  }

  /**
   * Records the object that a leased key returns.
   * @throws {LeaseLostError}
   */
  complete({ caller, key, token }: Lease, resultId: string, now: Instant): void {
    const changed = this.#database.run(
      this.#database.build
        .updateTable('idempotency_keys')
        .set({ result_id: resultId, created_at: now })
        .where('caller', '=', caller)
        .where('key', '=', key)
        .where('token', '=', token)
        .where('result_id', 'is', null),
    );
    if (changed === 0) throw new LeaseLostError();
  }

  /**
   * Takes over the lease of a call whose process may have died, to find its outcome.
   * @returns null while the call is in progress, and after it has had its effect
   */
  takeOver({ caller, key }: IdempotencyKey, leasedUntil: Instant, now: Instant): Lease | null {
    const findAbandoned = () => {
      const row = this.#byKey.get({ caller, key });
      return row && row.result_id === null && !isLeased(row.leased_until, now) ? row : null;
    };
    // Most calls are in progress: they cost no write.
    if (!findAbandoned()) return null;
    return this.#database.transaction(() => {
      const row = findAbandoned();
      if (!row) return null;
      const token = this.#sequence.next();
      this.#write.run({ ...row, leased_until: leasedUntil, token });
      return { caller, key, token };
    });
  }

  /**
   * Ends the lease. A key without an effect becomes unused. It stays taken, for the same call to continue, while a
   * write under it is pending or has created half of what was asked. A generated code is kept. Does nothing after
   * another process has taken over the lease.
   */
  release({ caller, key, token }: Lease): void {
    const { build } = this.#database;
    this.#database.transaction(() => {
      const row = this.#byKey.get({ caller, key });
      if (row?.token !== token || row.result_id !== null) return;
      // 0 has lapsed for any clock.
      this.#write.run({ ...row, leased_until: 0 });
      this.#database.run(
        build
          .deleteFrom('idempotency_keys')
          .where('caller', '=', caller)
          .where('key', '=', key)
          .where('code', 'is', null)
          .where(({ not, exists }) => not(exists(pendingWritesOf(build)))),
      );
    });
  }

  /** Deletes keys older than 30 days, except those of pending writes. */
  deleteOld(now: Instant): void {
    const { build } = this.#database;
    this.#database.run(
      build
        .deleteFrom('idempotency_keys')
        .where('created_at', '<=', now - LIFETIME_MS)
        .where(({ not, exists }) => not(exists(pendingWritesOf(build)))),
    );
  }

  #stateOf(row: Selectable<IdempotencyKeyTable>, call: IdempotentCall, now: Instant): IdempotencyKeyState {
    const isOld = row.created_at <= now - LIFETIME_MS;
    if (row.result_id !== null) {
      if (isOld) return { kind: 'UNUSED' };
      const isSeen = this.#scope.hasResult(call.accountScope, row.result_id);
      return isSeen && isSame(row, call) ? { kind: 'COMPLETED', resultId: row.result_id } : { kind: 'CONFLICT' };
    }
    const isRunning = isLeased(row.leased_until, now);
    if (isSame(row, call) && this.#scope.hasWrites(call.accountScope, row))
      return isRunning ? { kind: 'IN_PROGRESS', provider: row.provider } : { kind: 'UNUSED' };
    // A write of another input, or of a caller with another scope, blocks the key until its outcome is known.
    return isRunning || this.#hasPendingWrites(row) ? { kind: 'CONFLICT' } : { kind: 'UNUSED' };
  }

  #hasPendingWrites({ caller, key }: IdempotencyKey): boolean {
    const { build } = this.#database;
    const open = build
      .selectFrom('intents')
      .select('id')
      .where('caller', '=', caller)
      .where('idempotency_key', '=', key);
    return this.#database.row(open) !== undefined;
  }
}

/** The pending writes of a key. */
function pendingWritesOf(build: Database['build']) {
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
