import { randomUUID } from 'node:crypto';
import { type RawBuilder, type Selectable, sql, type Updateable } from 'kysely';
import { type AccountScope, isInScope } from '../../auth/account-scope.ts';
import { normalizedCode } from '../../domain/codes/code.ts';
import type { Instant, ProviderName } from '../../domain/promotion/promotion.ts';
import type { Sending } from '../promotions/answer-moment.ts';
import { codeOf, isCodeBeingCreated, isCodeTaken } from '../promotions/taken-code.ts';
import type { Sequence } from '../sequence.ts';
import { type Database, type Prepared, parameter } from '../sqlite/database.ts';
import type { PendingWriteTable } from '../tables.ts';
import type { IdempotencyKey, IdempotencyKeys, Lease } from './idempotency-keys.ts';
import { PendingChanges } from './pending-changes.ts';
import type { PendingCreations } from './pending-creations.ts';
import { type Operation, type WriteRequest, writeRequest } from './write-request.ts';

/** A write to a provider that is about to be sent, and under whose idempotency key. */
export interface NewPendingWrite {
  provider: ProviderName;
  account: string;
  call: Lease;
  request: WriteRequest;
}

/** A write that was sent and whose outcome is not known. */
export interface PendingWrite {
  id: string;
  provider: ProviderName;
  account: string;
  call: IdempotencyKey;
  operation: string;
  /** Null: written by a version of the gateway whose requests this one does not know. */
  request: WriteRequest | null;
  /** When it was first recorded: nothing that it made is older. */
  since: Instant;
  /** When it was last sent. */
  sentAt: Instant;
  /** How often its outcome has been looked for. */
  tries: number;
}

/** Another write is making, or may have made, a promo code that customers could not tell from this one. */
export class CodeBeingCreatedError extends Error {
  override readonly name = 'CodeBeingCreatedError';
}

/** A live promo code of the same account has the text that is to be made. */
export class CodeTakenError extends Error {
  override readonly name = 'CodeTakenError';
}

/** The longest wait between two looks for an outcome, in milliseconds. */
export const LONGEST_WAIT = 15 * 60_000;

/** A write that has not been answered after this long, in milliseconds, is not under way any more. */
const UNDER_WAY = 60_000;

/** Writes to providers, recorded before they are sent, so that one whose outcome nobody knows is not forgotten. */
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
   * Records a write that is about to be sent and tells its id: a UUID, the idempotency key of the write at a provider
   * that takes one. One that an earlier call under the same key has left is taken up again.
   * @throws {CodeBeingCreatedError}
   * @throws {CodeTakenError} where another process has recorded the code since it was looked for
   * @throws {LeaseLostError} when another process has taken its key over
   */
  record(intent: NewPendingWrite, now: Instant): string {
    const { provider, account, call, request } = intent;
    const code = codeOf(request);
    const target = targetOf(request);
    return this.#database.transaction(() => {
      this.#idempotencyKeys.assertLeased(call);
      if (code !== null && this.isCodeBeingCreated(code, intent, now)) throw new CodeBeingCreatedError();
      // What an earlier try of this write has made is no rival.
      if (!this.findSent(call, request.operation) && isCodeTaken(this.#database, intent, now))
        throw new CodeTakenError();
      const id = this.#plan({ provider, account, call, operation: request.operation, code }, now);
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

  /** The write that an earlier call under the same key has sent, and whose outcome is not known. */
  findSent(call: IdempotencyKey, operation: Operation): PendingWrite | null {
    const row = this.#row(call, operation);
    return row ? toPendingWrite(row) : null;
  }

  /** A change of what the gateway itself keeps, for which nothing is sent. */
  recordLocalChange(request: WriteRequest): void {
    const target = targetOf(request);
    if (target !== null) this.#changes.follow(target, randomUUID());
  }

  /** Whether another change of the same promotion was sent while the outcome of this one was not known. */
  hasLaterChange(id: string): boolean {
    return this.#changes.hasLaterChange(id);
  }

  /** A write whose outcome is not known, by its id. */
  get(id: string): PendingWrite | null {
    const row = this.#database.row(this.#database.build.selectFrom('intents').selectAll().where('id', '=', id));
    return row ? toPendingWrite(row) : null;
  }

  /** All writes whose outcome is not known, oldest first. Those that are under way just now are among them. */
  all(): PendingWrite[] {
    const rows = this.#database.build.selectFrom('intents').selectAll().where('sent_at', 'is not', null);
    return this.#database.rows(rows.orderBy('created_at')).flatMap((row) => toPendingWrite(row) ?? []);
  }

  /** Those of them whose outcome is worth looking for now. */
  due(now: Instant): PendingWrite[] {
    const rows = this.#database.build
      .selectFrom('intents')
      .selectAll()
      // No wait is longer: the clock that told the time of the next look was ahead.
      .where((where) => where.or([where('recover_at', '<=', now), where('recover_at', '>', now + LONGEST_WAIT)]));
    return this.#database.rows(rows.orderBy('recover_at').limit(100)).flatMap((row) => toPendingWrite(row) ?? []);
  }

  /** The code that an earlier call under this idempotency key was making, or was making the coupon for. */
  codeCreatedBy(call: IdempotencyKey): string | null {
    return (this.#row(call, 'createPromoCode') ?? this.#row(call, 'createPromoCode.coupon'))?.code ?? null;
  }

  /**
   * True while another call is making, or may have made, a promo code with the same key: from before its coupon is made,
   * where it needs one, until the outcome is known.
   */
  isCodeBeingCreated(
    code: string,
    { provider, account, call }: Pick<NewPendingWrite, 'provider' | 'account'> & { call: IdempotencyKey },
    now: Instant,
  ): boolean {
    return isCodeBeingCreated(this.#database, code, { provider, account, call }, now);
  }

  /** The coupon that an earlier call under this idempotency key made, before its promo code failed. */
  couponCreatedBy(call: IdempotencyKey): string | null {
    return this.#row(call, 'createPromoCode')?.coupon_id ?? null;
  }

  /** Remembers the coupon that was made for a promo code, so that a repeat under the same key goes on from it. */
  recordCoupon(
    intent: Pick<NewPendingWrite, 'provider' | 'account'> & { call: IdempotencyKey },
    { code, couponId }: { code: string; couponId: string },
    now: Instant,
  ): void {
    const id = this.#plan({ ...intent, operation: 'createPromoCode', code }, now);
    this.#database.run(this.#database.build.updateTable('intents').set({ coupon_id: couponId }).where('id', '=', id));
  }

  /** When a write was sent, and whether another one of the same promotion was under way meanwhile. */
  sendingOf(id: string): (Sending & { isOverlapped: boolean }) | null {
    const row = this.#database.row(this.#database.build.selectFrom('intents').selectAll().where('id', '=', id));
    if (!row || row.sent_sequence === null || row.sent_at === null) return null;
    return { sentAt: row.sent_sequence, at: row.sent_at, isOverlapped: row.is_overlapped === 1 };
  }

  /** The outcome is known: nothing is left to find out. */
  complete(id: string): void {
    this.#creations.ended(id);
    this.#database.run(this.#database.build.deleteFrom('intents').where('id', '=', id));
    this.#changes.forget(id);
  }

  /** The call has ended, and may have had its effect or not: from `now` on it may still be running there. */
  markInDoubt(id: string, now: Instant): void {
    this.#doubt(id, { recover_at: now, sent_at: now });
  }

  /**
   * Its outcome has been looked for in vain. Looked for again at `recoverAt`; null: only a person can tell. What was sent
   * after `now` was sent by a clock that was ahead, and is as if it had been sent now.
   */
  scheduleReconciliation(id: string, recoverAt: Instant | null, now: Instant): void {
    this.#doubt(id, { recover_at: recoverAt, sent_at: sql<Instant>`min(sent_at, ${now})` });
  }

  #doubt(
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
   * How many writes to the accounts of a provider have an outcome that is not known, those of a process that died included.
   * @param reach the accounts that count
   */
  countInDoubt(provider: ProviderName, now: Instant, accountScope: AccountScope = null): number {
    const byAccount = this.#database.rows(
      this.#database.build
        .selectFrom('intents')
        .select(['account', sql<number>`count(*)`.as('doubts')])
        .where('provider', '=', provider)
        .where('sent_at', 'is not', null)
        .where((where) => where.or([where('in_doubt', '=', 1), where('created_at', '<=', now - UNDER_WAY)]))
        .groupBy('account'),
    );
    const own = byAccount.filter(({ account }) => isInScope(accountScope, { provider, account }));
    return own.reduce((sum, { doubts }) => sum + doubts, 0);
  }

  /** The write had no effect, so it is as if it had never been sent. */
  markUnsent(id: string): void {
    this.#creations.ended(id);
    this.#database.run(this.#database.build.deleteFrom('intents').where('id', '=', id).where('coupon_id', 'is', null));
    const unsent = { sent_at: null, in_doubt: 0, recover_at: null, tries: 0 } as const;
    this.#database.run(this.#database.build.updateTable('intents').set(unsent).where('id', '=', id));
    this.#changes.undo(id);
  }

  #plan(
    intent: Pick<NewPendingWrite, 'provider' | 'account'> & {
      call: IdempotencyKey;
      operation: Operation;
      code: string | null;
    },
    now: Instant,
  ): string {
    const { provider, account, call, operation, code } = intent;
    const left = this.#row(call, operation);
    if (left) return left.id;
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

function toPendingWrite(row: Selectable<PendingWriteTable>): PendingWrite | null {
  const { id, provider, account, caller, idempotency_key: key, operation, sent_at: sentAt, tries } = row;
  if (sentAt === null) return null;
  const request = row.request === null ? null : (writeRequest.safeParse(JSON.parse(row.request)).data ?? null);
  const call = { caller, key: key ?? '' };
  return { id, provider, account, call, operation, request, since: row.created_at, sentAt, tries };
}

/** The promotion that a write changes; null: it makes one, or is about a use. */
function targetOf(request: WriteRequest): string | null {
  return 'id' in request ? request.id : null;
}
