import { randomUUID } from 'node:crypto';
import { type RawBuilder, type Selectable, sql, type Updateable } from 'kysely';
import type { AccountScope } from '../../auth/account-scope.ts';
import { normalizedCode } from '../../domain/codes/code.ts';
import type { Instant, ProviderName } from '../../domain/promotion/promotion.ts';
import type { Sending } from '../promotions/answer-moment.ts';
import { codeOf, isCodeBeingCreated, isCodeTaken } from '../promotions/taken-code.ts';
import type { Sequence } from '../sequence.ts';
import { type Database, type Prepared, parameter } from '../sqlite/database.ts';
import type { IdempotencyKeys } from './idempotency-keys.ts';
import type { IdempotencyKey } from './idempotent-call.ts';
import { PendingChanges } from './pending-changes.ts';
import type { PendingCreations } from './pending-creations.ts';
import {
  CodeBeingCreatedError,
  CodeTakenError,
  type NewPendingWrite,
  type PendingWrite,
  targetOf,
  toPendingWrite,
} from './pending-write-row.ts';
import type { Operation, WriteRequest } from './write-request.ts';
import type { PendingWriteTable } from './write-tables.ts';
import { countWritesInDoubt } from './writes-in-doubt.ts';

/** The longest wait between two reconciliations of a write, in milliseconds. */
export const LONGEST_WAIT_MS = 15 * 60_000;

/** Writes to providers, recorded before they are sent, so that an unknown outcome is never lost. */
export class PendingWrites {
  readonly #database: Database;
  readonly #idempotencyKeys: IdempotencyKeys;
  readonly #sequence: Sequence;
  readonly #creations: PendingCreations;
  readonly #changes: PendingChanges;
  readonly #ofKey: Prepared<IdempotencyKey & { operation: Operation }, Selectable<PendingWriteTable>>;

  constructor(
    database: Database,
    parts: { idempotencyKeys: IdempotencyKeys; sequence: Sequence; creations: PendingCreations },
  ) {
    this.#database = database;
    this.#idempotencyKeys = parts.idempotencyKeys;
    this.#sequence = parts.sequence;
    this.#creations = parts.creations;
    this.#changes = new PendingChanges(database);
    this.#ofKey = database.prepare(
      database.build
        .selectFrom('intents')
        .selectAll()
        .where('caller', '=', parameter<string>('caller'))
        .where('idempotency_key', '=', parameter<string>('key'))
        .where('operation', '=', parameter<Operation>('operation')),
    );
  }

  /**
   * Records a write that is about to be sent. Continues the write of an earlier call under the same idempotency key.
   * @returns its id: a UUID, which is the idempotency key at a provider that takes one
   * @throws {CodeBeingCreatedError}
   * @throws {CodeTakenError} when another process has recorded the code since it was checked
   * @throws {LeaseLostError} when another process has taken over the idempotency key
   */
  record(intent: NewPendingWrite, now: Instant): string {
    const { provider, account, call, request } = intent;
    const code = codeOf(request);
    const target = targetOf(request);
    return this.#database.transaction(() => {
      this.#idempotencyKeys.assertLeased(call);
      if (code !== null && this.isCodeBeingCreated(code, intent, now)) throw new CodeBeingCreatedError();
      // A promo code that an earlier attempt of this write created is no conflict.
      if (!this.findSent(call, request.operation) && isCodeTaken(this.#database, intent, now))
        throw new CodeTakenError();
      const id = this.#insert({ provider, account, call, operation: request.operation, code }, now);
      const columns = {
        request: JSON.stringify(request),
        sent_at: now,
        recover_at: now,
        target_id: target,
        sent_sequence: this.#sequence.next(),
        is_overlapped: target !== null && this.#changes.follow(target, id) ? (1 as const) : (0 as const),
      };
      this.#database.run(this.#database.build.updateTable('intents').set(columns).where('id', '=', id));
      return id;
    });
  }

  /** The write of unknown outcome that an earlier call under the same idempotency key sent. */
  findSent(call: IdempotencyKey, operation: Operation): PendingWrite | null {
    const row = this.#row(call, operation);
    return row ? toPendingWrite(row) : null;
  }

  /** Records a change of the gateway's own data, for which nothing is sent. */
  recordLocalChange(request: WriteRequest): void {
    const target = targetOf(request);
    if (target !== null) this.#changes.follow(target, randomUUID());
  }

  /** Whether another change of the same promotion was sent while the outcome of this one was unknown. */
  hasLaterChange(id: string): boolean {
    return this.#changes.hasLaterChange(id);
  }

  /** A write whose outcome is unknown, by its id. */
  get(id: string): PendingWrite | null {
    const row = this.#database.row(this.#database.build.selectFrom('intents').selectAll().where('id', '=', id));
    return row ? toPendingWrite(row) : null;
  }

  /** All writes whose outcome is unknown, oldest first, including those in progress. */
  all(): PendingWrite[] {
    const rows = this.#database.build.selectFrom('intents').selectAll().where('sent_at', 'is not', null);
    return this.#database.rows(rows.orderBy('created_at')).flatMap((row) => toPendingWrite(row) ?? []);
  }

  /** The writes to reconcile now. */
  due(now: Instant): PendingWrite[] {
    const rows = this.#database.build
      .selectFrom('intents')
      .selectAll()
      // No wait is longer: a clock that was ahead set the time.
      .where((where) => where.or([where('recover_at', '<=', now), where('recover_at', '>', now + LONGEST_WAIT_MS)]));
    return this.#database.rows(rows.orderBy('recover_at').limit(100)).flatMap((row) => toPendingWrite(row) ?? []);
  }

  /** The code that an earlier call under this idempotency key was creating, or creating the coupon for. */
  codeCreatedBy(call: IdempotencyKey): string | null {
    return (this.#row(call, 'createPromoCode') ?? this.#row(call, 'createPromoCode.coupon'))?.code ?? null;
  }

  /**
   * Whether another call is creating, or may have created, a promo code with the same normalized code. True from before
   * its coupon is created, if it needs one, until the outcome is known.
   */
  isCodeBeingCreated(
    code: string,
    { provider, account, call }: Pick<NewPendingWrite, 'provider' | 'account'> & { call: IdempotencyKey },
    now: Instant,
  ): boolean {
    return isCodeBeingCreated(this.#database, code, { provider, account, call }, now);
  }

  /** The coupon that an earlier call under this idempotency key created before its promo code failed. */
  couponCreatedBy(call: IdempotencyKey): string | null {
    return this.#row(call, 'createPromoCode')?.coupon_id ?? null;
  }

  /** Records the coupon that was created for a promo code, so that a repeat under the same key continues with it. */
  recordCoupon(
    intent: Pick<NewPendingWrite, 'provider' | 'account'> & { call: IdempotencyKey },
    { code, couponId }: { code: string; couponId: string },
    now: Instant,
  ): void {
    const id = this.#insert({ ...intent, operation: 'createPromoCode', code }, now);
    this.#database.run(this.#database.build.updateTable('intents').set({ coupon_id: couponId }).where('id', '=', id));
  }

  /** When a write was sent, and whether another write of the same promotion overlapped it. */
  sendingOf(id: string): (Sending & { isOverlapped: boolean }) | null {
    const row = this.#database.row(this.#database.build.selectFrom('intents').selectAll().where('id', '=', id));
    if (!row || row.sent_sequence === null || row.sent_at === null) return null;
    return { sentAt: row.sent_sequence, at: row.sent_at, isOverlapped: row.is_overlapped === 1 };
  }

  /** The outcome is known: deletes the write. */
  complete(id: string): void {
    this.#creations.ended(id);
    this.#database.run(this.#database.build.deleteFrom('intents').where('id', '=', id));
    this.#changes.forget(id);
  }

  /** The call ended without an outcome. It may still be running at the provider. */
  markInDoubt(id: string, now: Instant): void {
    this.#updateInDoubt(id, { recover_at: now, sent_at: now });
  }

  /**
   * Reconciliation found no outcome. It runs again at `recoverAt`; null: only an operator can decide. A send time after
   * `now` comes from a clock that was ahead and becomes `now`.
   */
  scheduleReconciliation(id: string, recoverAt: Instant | null, now: Instant): void {
    this.#updateInDoubt(id, { recover_at: recoverAt, sent_at: sql<Instant>`min(sent_at, ${now})` });
  }

  #updateInDoubt(
    id: string,
    times: Pick<Updateable<PendingWriteTable>, 'recover_at'> & { sent_at: Instant | RawBuilder<Instant> },
  ) {
    this.#database.run(
      this.#database.build
        .updateTable('intents')
        .set((column) => ({ in_doubt: 1 as const, tries: column('tries', '+', 1), ...times }))
        .where('id', '=', id)
        .where('sent_at', 'is not', null),
    );
  }

  /**
   * How many writes to a provider have an unknown outcome, including writes of a process that died.
   * @param accountScope the accounts that count
   */
  countInDoubt(provider: ProviderName, now: Instant, accountScope: AccountScope = null): number {
    return countWritesInDoubt(this.#database, provider, now, accountScope);
  }

  /** The write had no effect: resets it as if it had not been sent. */
  markUnsent(id: string): void {
    this.#creations.ended(id);
    this.#database.run(this.#database.build.deleteFrom('intents').where('id', '=', id).where('coupon_id', 'is', null));
    const unsent = { sent_at: null, in_doubt: 0, recover_at: null, tries: 0 } as const;
    this.#database.run(this.#database.build.updateTable('intents').set(unsent).where('id', '=', id));
    this.#changes.undo(id);
  }

  #insert(
    intent: Pick<NewPendingWrite, 'provider' | 'account'> & {
      call: IdempotencyKey;
      operation: Operation;
      code: string | null;
    },
    now: Instant,
  ): string {
    const { provider, account, call, operation, code } = intent;
    const earlier = this.#row(call, operation);
    if (earlier) return earlier.id;
    const id = randomUUID();
    this.#database.run(
      this.#database.build.insertInto('intents').values({
        id,
        provider,
        account,
        operation,
        caller: call.caller,
        idempotency_key: call.key,
        code,
        normalized_code: code === null ? null : normalizedCode(code),
        created_at: now,
      }),
    );
    return id;
  }

  #row({ caller, key }: IdempotencyKey, operation: Operation): Selectable<PendingWriteTable> | undefined {
    return this.#ofKey.get({ caller, key, operation });
  }
}
