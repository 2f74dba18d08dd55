import { type Selectable, sql } from 'kysely';
import { keyText } from '../../domain/ledger/facts.ts';
import {
  type Claim,
  type IdempotencyKey,
  type IdempotencyKeyState,
  type IdempotentCall,
  isSameCall,
  KEY_LIFETIME_MS,
  type KeyRecord,
  type KnownKey,
  keyState,
} from '../../domain/ledger/idempotency-key.ts';
import { isLeased, type Lease, type LeaseClock, LeaseLostError, leaseEnd } from '../../domain/ledger/lease.ts';
import { parseRedemptionId } from '../../domain/promotion/identity.ts';
import type { Instant, ProviderName } from '../../domain/promotion/promotion.ts';
import type { Db, Engine } from '../engines/engine.ts';
import { write } from '../engines/write.ts';
import { KeyQueries } from './key-queries.ts';
import type { IdempotencyKeyTable } from './write-tables.ts';

type KeyRow = Selectable<IdempotencyKeyTable>;
type KeyChange = Partial<Pick<KeyRow, 'leased_until' | 'code' | 'result_id' | 'created_at'>>;

/** Idempotency keys: leased while a call runs, completed by an effect, kept for 30 days. */
export class IdempotencyKeys {
  readonly #engine: Engine;
  readonly #queries: KeyQueries;
  readonly #known: (key: IdempotencyKey) => Promise<KnownKey | undefined>;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#queries = new KeyQueries(engine);
    this.#known = engine.gathered(async (keys) => {
      const known = await this.#queries.known(keys, engine.reads, { lock: false });
      const byKey = new Map(known.map((one) => [keyText(one.record), one]));
      return keys.map((key) => byKey.get(keyText(key)));
    });
  }

  /** What is recorded under these keys. See {@link KeyQueries.known}. */
  known(keys: readonly IdempotencyKey[], db: Db, locking: { lock: boolean }): Promise<KnownKey[]> {
    return this.#queries.known(keys, db, locking);
  }

  /** Records what is known about keys, whether or not their calls leased them first. */
  save(records: readonly KeyRecord[], db: Db): Promise<void> {
    return this.#queries.save(records, db);
  }

  /** The state of a key for this call, which may be a conflict with another input or caller scope. */
  async state(call: IdempotentCall, now: Instant): Promise<IdempotencyKeyState> {
    return this.#stateOf(await this.#known(call), call, now, this.#engine.reads);
  }

  /** Leases an unused key, so that the same call in any process waits. Otherwise returns its state. */
  claim<Call extends IdempotentCall>(
    call: Call,
    provider: ProviderName,
    clock: LeaseClock,
    db?: Db,
  ): Promise<Claim<Call>> {
    return write(this.#engine, db, async (transaction): Promise<Claim<Call>> => {
      const known = await this.#lock(call, transaction);
      const now = clock();
      const state = await this.#stateOf(known, call, now, transaction);
      if (state.kind !== 'UNUSED') return state;
      const before = known?.record;
      const [token = 0] = await this.#engine.dialect.nextNumbers(transaction, 1);
      const { caller, key, mutation, inputHash } = call;
      const code = before && isSameCall(before, call) ? before.code : null;
      const claimed = { provider, resultId: null, leasedUntil: leaseEnd(clock), createdAt: now, token, code };
      await this.save([{ caller, key, mutation, inputHash, ...claimed }], transaction);
      return { kind: 'CLAIMED', lease: { ...call, token } };
    });
  }

  /**
   * Checks that the lease is still this call's. Part of the transaction of each step that has an effect.
   * @throws {LeaseLostError}
   */
  async assertLeased(lease: Lease, db: Db = this.#engine.reads): Promise<void> {
    const row = await this.#engine.dialect
      .locked(db.selectFrom('idempotency_keys').select(['token', 'result_id']))
      .where('caller', '=', lease.caller)
      .where('key', '=', lease.key)
      .executeTakeFirst();
    if (row?.token !== lease.token || row.result_id !== null) throw new LeaseLostError();
  }

  /** Whether another process has taken over the lease. False for a key that its own call completed. */
  async isLost(lease: Lease, db: Db = this.#engine.reads): Promise<boolean> {
    return (await this.#queries.record(lease, db))?.token !== lease.token;
  }

  /**
   * Extends the lease. Does not wait long for a locked store.
   * @throws {LeaseLostError}
   */
  async renew(lease: Lease, clock: LeaseClock): Promise<void> {
    await this.#engine.briefly((db) => this.#update(db, lease, { leased_until: leaseEnd(clock) }));
  }

  /**
   * The code of a creation that names none. It is generated once, before anything is sent, and stays the same for each
   * repeat and for a process that takes over the lease.
   * @throws {LeaseLostError}
   */
  fixCode(lease: Lease, generate: () => string, db?: Db): Promise<string> {
    return write(this.#engine, db, async (transaction) => {
      await this.assertLeased(lease, transaction);
      const code = (await this.#queries.record(lease, transaction))?.code ?? generate();
      await this.#update(transaction, lease, { code });
      return code;
    });
  }

  /**
   * Records the object that a leased key returns.
   * @throws {LeaseLostError}
   */
  complete(lease: Lease, resultId: string, now: Instant, db?: Db): Promise<void> {
    return write(this.#engine, db, (transaction) =>
      this.#update(transaction, lease, { result_id: resultId, created_at: now }),
    );
  }

  /**
   * Takes over the lease of a call whose process may have died, to find its outcome.
   * @returns null while the call is in progress, and after it has had its effect
   */
  async takeOver(key: IdempotencyKey, clock: LeaseClock, db?: Db): Promise<Lease | null> {
    const isAbandoned = (record: KeyRecord | null) =>
      record !== null && record.resultId === null && !isLeased(record.leasedUntil, clock());
    // Most calls are in progress: they cost no write.
    if (!isAbandoned(await this.#queries.record(key, db ?? this.#engine.reads))) return null;
    return write(this.#engine, db, async (transaction) => {
      const record = (await this.#lock(key, transaction))?.record ?? null;
      if (!record || !isAbandoned(record)) return null;
      const [token = 0] = await this.#engine.dialect.nextNumbers(transaction, 1);
      await this.save([{ ...record, leasedUntil: leaseEnd(clock), token }], transaction);
      return { caller: key.caller, key: key.key, token };
    });
  }

  /**
   * Ends the lease. A key without an effect becomes unused. It stays taken, for the same call to continue, while a
   * write under it is pending or has created half of what was asked. A generated code is kept. Does nothing after
   * another process has taken over the lease.
   */
  release(lease: Lease, db?: Db): Promise<void> {
    return write(this.#engine, db, async (transaction) => {
      // 0 has lapsed for any clock. The update decides whether the lease is still this call's: it waits for a process
      // that is taking it over.
      if (!(await this.#updateIfLeased(transaction, lease, { leased_until: 0 }))) return;
      await transaction
        .deleteFrom('idempotency_keys')
        .where('caller', '=', lease.caller)
        .where('key', '=', lease.key)
        .where('token', '=', lease.token)
        .where('code', 'is', null)
        .where(({ not, exists }) => not(exists(pendingWritesOf(transaction))))
        .execute();
    });
  }

  /** Deletes keys older than 30 days, except those of pending writes. */
  deleteOld(now: Instant, db?: Db): Promise<void> {
    return write(this.#engine, db, async (transaction) => {
      await transaction
        .deleteFrom('idempotency_keys')
        .where('created_at', '<=', now - KEY_LIFETIME_MS)
        .where(({ not, exists }) => not(exists(pendingWritesOf(transaction))))
        .execute();
    });
  }

  /** @throws {LeaseLostError} */
  async #update(db: Db, lease: Lease, columns: KeyChange): Promise<void> {
    if (!(await this.#updateIfLeased(db, lease, columns))) throw new LeaseLostError();
  }

  /** @returns false: the lease is no longer this call's */
  async #updateIfLeased(db: Db, { caller, key, token }: Lease, columns: KeyChange): Promise<boolean> {
    const { numUpdatedRows } = await db
      .updateTable('idempotency_keys')
      .set(columns)
      .where('caller', '=', caller)
      .where('key', '=', key)
      .where('token', '=', token)
      .where('result_id', 'is', null)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  /** What is recorded under a key, which no other transaction can create or change until this one ends. */
  async #lock(key: IdempotencyKey, db: Db): Promise<KnownKey | undefined> {
    await this.#engine.dialect.lock(db, [keyText(key)]);
    return (await this.#queries.known([key], db, { lock: true }))[0];
  }

  async #stateOf(
    known: KnownKey | undefined,
    call: IdempotentCall,
    now: Instant,
    db: Db,
  ): Promise<IdempotencyKeyState> {
    return keyState(known && (await this.#withResult(known, call, db)), call, now);
  }

  /** A caller with an account scope sees a redemption only if it sees the promotion. */
  async #withResult(known: KnownKey, { accountScope }: IdempotentCall, db: Db): Promise<KnownKey> {
    const ledgerId = accountScope === null ? null : parseRedemptionId(known.record.resultId ?? '');
    if (ledgerId === null) return known;
    const redemption = await db
      .selectFrom('redemptions')
      .select('promotion_id')
      .where('ledger_id', '=', ledgerId)
      .executeTakeFirst();
    return { ...known, resultPromotionId: redemption?.promotion_id ?? null };
  }
}

/** The pending writes of a key, in a condition on keys. */
function pendingWritesOf(db: Db) {
  return db
    .selectFrom('intents')
    .select('intents.id')
    .where('intents.caller', '=', sql.ref<string>('idempotency_keys.caller'))
    .where('intents.idempotency_key', '=', sql.ref<string>('idempotency_keys.key'));
}
