import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { normalizedCode } from '../../domain/codes/code.ts';
import type { IdempotencyKey } from '../../domain/ledger/idempotency-key.ts';
import type { AccountScope } from '../../domain/promotion/account-scope.ts';
import type { Instant, ProviderName } from '../../domain/promotion/promotion.ts';
import type { Db, Engine } from '../engines/engine.ts';
import { write } from '../engines/write.ts';
import { flag } from '../flag.ts';
import type { Sending } from '../promotions/answer-moment.ts';
import type { IdempotencyKeys } from './idempotency-keys.ts';
import { PendingChanges } from './pending-changes.ts';
import type { PendingCreations } from './pending-creations.ts';
import {
  CodeBeingCreatedError,
  CodeTakenError,
  type NewPendingWrite,
  type PendingWrite,
  pendingWriteOf,
  rowOfKey,
  targetOf,
  toPendingWrite,
} from './pending-write-row.ts';
import { codeOf, isCodeBeingCreated, isCodeTaken } from './taken-code.ts';
import type { Operation, WriteRequest } from './write-request.ts';
import { countWritesInDoubt, keepInDoubt } from './writes-in-doubt.ts';

/** The longest wait between two reconciliations of a write, in milliseconds. */
export const LONGEST_WAIT_MS = 15 * 60_000;

/** Writes to providers, recorded before they are sent, so that an unknown outcome is never lost. */
export class PendingWrites {
  readonly #engine: Engine;
  readonly #idempotencyKeys: IdempotencyKeys;
  readonly #creations: PendingCreations;
  readonly #changes: PendingChanges;

  constructor(engine: Engine, parts: { idempotencyKeys: IdempotencyKeys; creations: PendingCreations }) {
    this.#engine = engine;
    this.#idempotencyKeys = parts.idempotencyKeys;
    this.#creations = parts.creations;
    this.#changes = new PendingChanges(engine);
  }

  /**
   * Records a write that is about to be sent. Continues the write of an earlier call under the same idempotency key.
   * @returns its id: a UUID, which is the idempotency key at a provider that takes one
   * @throws {CodeBeingCreatedError}
   * @throws {CodeTakenError} when another process has recorded the code since it was checked
   * @throws {LeaseLostError} when another process has taken over the idempotency key
   */
  record(intent: NewPendingWrite, now: Instant, db?: Db): Promise<string> {
    return write(this.#engine, db, async (transaction) => {
      const { provider, account, call, request } = intent;
      const { operation } = request;
      const target = targetOf(request);
      const code = codeOf(request);
      await this.#idempotencyKeys.assertLeased(call, transaction);
      if (code !== null) await this.#assertFree(code, intent, now, transaction);
      const id = await pendingWriteOf({ provider, account, call, operation, code }, now, transaction);
      const [sent_sequence = 0] = await this.#engine.dialect.nextNumbers(transaction, 1);
      const isOverlapped = target !== null && (await this.#changes.follow(target, id, transaction));
      const sent = {
        request: JSON.stringify(request),
        sent_at: now,
        recover_at: now,
        sent_sequence,
        target_id: target,
      };
      await transaction
        .updateTable('intents')
        .set({ ...sent, is_overlapped: flag(isOverlapped) })
        .where('id', '=', id)
        .execute();
      return id;
    });
  }

  /** @throws if another call is creating the code, or has created it */
  async #assertFree(code: string, intent: NewPendingWrite, now: Instant, db: Db): Promise<void> {
    const { provider, account, call, request } = intent;
    // Of two calls that record the code at the same time, the second has to see the first.
    await this.#engine.dialect.lock(db, [JSON.stringify([provider, account, normalizedCode(code)])]);
    if (await this.isCodeBeingCreated(code, intent, now, db)) throw new CodeBeingCreatedError();
    // A promo code that an earlier attempt of this write created is no conflict.
    if (await this.findSent(call, request.operation, db)) return;
    if (await isCodeTaken(db, intent, now)) throw new CodeTakenError();
  }

  /** The write of unknown outcome that an earlier call under the same idempotency key sent. */
  async findSent(
    call: IdempotencyKey,
    operation: Operation,
    db: Db = this.#engine.reads,
  ): Promise<PendingWrite | null> {
    const row = await rowOfKey(call, operation, db);
    return row ? toPendingWrite(row) : null;
  }

  /** Records a change of the gateway's own data, for which nothing is sent. */
  async recordLocalChange(request: WriteRequest, db?: Db): Promise<void> {
    const target = targetOf(request);
    if (target === null) return;
    await write(this.#engine, db, (transaction) => this.#changes.follow(target, randomUUID(), transaction));
  }

  /** Whether another change of the same promotion was sent while the outcome of this one was unknown. */
  hasLaterChange(id: string, db: Db = this.#engine.reads): Promise<boolean> {
    return this.#changes.hasLaterChange(id, db);
  }

  /** A write whose outcome is unknown, by its id. */
  async get(id: string, db: Db = this.#engine.reads): Promise<PendingWrite | null> {
    const row = await db.selectFrom('intents').selectAll().where('id', '=', id).executeTakeFirst();
    return row ? toPendingWrite(row) : null;
  }

  /** All writes whose outcome is unknown, oldest first, including those in progress. */
  async all(db: Db = this.#engine.reads): Promise<PendingWrite[]> {
    const rows = db.selectFrom('intents').selectAll().where('sent_at', 'is not', null).orderBy('created_at');
    return (await rows.execute()).flatMap((row) => toPendingWrite(row) ?? []);
  }

  /** The writes to reconcile now. */
  async due(now: Instant, db: Db = this.#engine.reads): Promise<PendingWrite[]> {
    const rows = db
      .selectFrom('intents')
      .selectAll()
      // No wait is longer: a clock that was ahead set the time.
      .where((where) => where.or([where('recover_at', '<=', now), where('recover_at', '>', now + LONGEST_WAIT_MS)]))
      .orderBy('recover_at')
      .limit(100);
    return (await rows.execute()).flatMap((row) => toPendingWrite(row) ?? []);
  }

  /** The code that an earlier call under this idempotency key was creating, or creating the coupon for. */
  async codeCreatedBy(call: IdempotencyKey, db: Db = this.#engine.reads): Promise<string | null> {
    const creation = await rowOfKey(call, 'createPromoCode', db);
    return (creation ?? (await rowOfKey(call, 'createPromoCode.coupon', db)))?.code ?? null;
  }

  /**
   * Whether another call is creating, or may have created, a promo code with the same normalized code. True from before
   * its coupon is created, if it needs one, until the outcome is known.
   */
  isCodeBeingCreated(
    code: string,
    creator: Pick<NewPendingWrite, 'provider' | 'account'> & { call: IdempotencyKey },
    now: Instant,
    db: Db = this.#engine.reads,
  ): Promise<boolean> {
    return isCodeBeingCreated(db, code, creator, now);
  }

  /** The coupon that an earlier call under this idempotency key created before its promo code failed. */
  async couponCreatedBy(call: IdempotencyKey, db: Db = this.#engine.reads): Promise<string | null> {
    return (await rowOfKey(call, 'createPromoCode', db))?.coupon_id ?? null;
  }

  /** Records the coupon that was created for a promo code, so that a repeat under the same key continues with it. */
  recordCoupon(
    intent: Pick<NewPendingWrite, 'provider' | 'account'> & { call: IdempotencyKey },
    { code, couponId }: { code: string; couponId: string },
    now: Instant,
    db?: Db,
  ): Promise<void> {
    return write(this.#engine, db, async (transaction) => {
      const id = await pendingWriteOf({ ...intent, operation: 'createPromoCode', code }, now, transaction);
      await transaction.updateTable('intents').set({ coupon_id: couponId }).where('id', '=', id).execute();
    });
  }

  /**
   * When a write was sent, and whether another write of the same promotion overlapped it. In the transaction that
   * records its answer, no other write can overlap it any more.
   */
  async sendingOf(id: string, db: Db = this.#engine.reads): Promise<(Sending & { isOverlapped: boolean }) | null> {
    const row = await this.#engine.dialect
      .locked(db.selectFrom('intents').select(['sent_sequence', 'sent_at', 'is_overlapped']))
      .where('id', '=', id)
      .executeTakeFirst();
    if (!row || row.sent_sequence === null || row.sent_at === null) return null;
    return { sentAt: row.sent_sequence, at: row.sent_at, isOverlapped: row.is_overlapped === 1 };
  }

  /** The outcome is known: deletes the write. */
  complete(id: string, db?: Db): Promise<void> {
    return write(this.#engine, db, async (transaction) => {
      await this.#creations.ended(id, transaction);
      await transaction.deleteFrom('intents').where('id', '=', id).execute();
      await this.#changes.forget(id, transaction);
    });
  }

  /**
   * The call ended without an outcome. It may still be running at the provider.
   * @returns whether the write was not in doubt before
   */
  markInDoubt(id: string, now: Instant, db?: Db): Promise<boolean> {
    return keepInDoubt(this.#engine, id, { recover_at: now, sent_at: now }, db);
  }

  /**
   * Reconciliation found no outcome. It runs again at `recoverAt`; null: only an operator can decide. A send time after
   * `now` comes from a clock that was ahead and becomes `now`.
   * @returns whether the write was not in doubt before
   */
  scheduleReconciliation(id: string, recoverAt: Instant | null, now: Instant, db?: Db): Promise<boolean> {
    const sentAt = this.#engine.dialect.least(sql.ref<Instant>('sent_at'), sql<Instant>`${now}`);
    return keepInDoubt(this.#engine, id, { recover_at: recoverAt, sent_at: sentAt }, db);
  }

  /**
   * How many writes to a provider have an unknown outcome, including writes of a process that died.
   * @param accountScope the accounts that count
   */
  countInDoubt(
    provider: ProviderName,
    now: Instant,
    accountScope: AccountScope = null,
    db: Db = this.#engine.reads,
  ): Promise<number> {
    return countWritesInDoubt(db, provider, now, accountScope);
  }

  /** The write had no effect: resets it as if it had not been sent. */
  markUnsent(id: string, db?: Db): Promise<void> {
    return write(this.#engine, db, async (transaction) => {
      await this.#creations.ended(id, transaction);
      await transaction.deleteFrom('intents').where('id', '=', id).where('coupon_id', 'is', null).execute();
      const unsent = { sent_at: null, in_doubt: 0, recover_at: null, tries: 0 } as const;
      await transaction.updateTable('intents').set(unsent).where('id', '=', id).execute();
      await this.#changes.undo(id, transaction);
    });
  }
}
