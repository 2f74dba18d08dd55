import { randomUUID } from 'node:crypto';
import { type Selectable, sql } from 'kysely';
import { codeKey } from '../promo/code.ts';
import type { Instant, ProviderName } from '../promo/promotion.ts';
import type { Database } from './database.ts';
import type { IntentTable } from './tables.ts';

/** A write to a provider that is about to be sent. */
export interface NewIntent {
  provider: ProviderName;
  account: string;
  operation: string;
  caller: string;
  idempotencyKey: string | null;
  /** The promo code that it makes. */
  code: string | null;
}

/** A write whose outcome is not known. */
export interface SentBefore {
  id: string;
  /** When it was first recorded: nothing that it made is older. */
  since: Instant;
  /** When it was last sent. */
  sentAt: Instant;
}

/** A write that has not been answered after this long, in milliseconds, is not under way any more. */
const UNDER_WAY = 60_000;

/** Writes to providers, recorded before they are sent, so that one whose outcome nobody knows is not forgotten. */
export class Intents {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Records a write that is about to be sent and tells its id: a UUID, the idempotency key of the write at a provider
   * that takes one. One that an earlier call under the same key has left is taken up again.
   */
  open(intent: NewIntent, now: Instant): string {
    const id = this.#plan(intent, now);
    this.#database.run(this.#database.build.updateTable('intents').set({ sent_at: now }).where('id', '=', id));
    return id;
  }

  /** The write that an earlier call under the same key has sent, and whose outcome is not known. */
  sentBefore(intent: NewIntent): SentBefore | null {
    const row = this.#row(intent);
    return row && row.sent_at !== null ? { id: row.id, since: row.created_at, sentAt: row.sent_at } : null;
  }

  /** The code that an earlier call under this idempotency key was making. */
  codeLeftBy(intent: NewIntent): string | null {
    return this.#row(intent)?.code ?? null;
  }

  /** True while another write is making a promo code with the same key. */
  isCreating(code: string, { provider, account, caller, idempotencyKey }: NewIntent, now: Instant): boolean {
    const rows = this.#database.rows(
      this.#database.build
        .selectFrom('intents')
        .select(['caller', 'idempotency_key'])
        .where('provider', '=', provider)
        .where('account', '=', account)
        .where('code_key', '=', codeKey(code))
        .where('in_doubt', '=', 0)
        .where('created_at', '>', now - UNDER_WAY),
    );
    return rows.some(
      (row) => row.caller !== caller || row.idempotency_key === null || row.idempotency_key !== idempotencyKey,
    );
  }

  /** The coupon that an earlier call under this idempotency key made, before its promo code failed. */
  couponLeftBy(intent: NewIntent): string | null {
    return this.#row(intent)?.coupon_id ?? null;
  }

  /** Remembers the coupon that was made for a promo code, so that a repeat under the same key goes on from it. */
  rememberCoupon(intent: NewIntent, couponId: string, now: Instant): void {
    if (intent.idempotencyKey === null) return;
    const id = this.#plan(intent, now);
    this.#database.run(this.#database.build.updateTable('intents').set({ coupon_id: couponId }).where('id', '=', id));
  }

  /** The outcome is known: nothing is left to find out. */
  close(id: string): void {
    this.#database.run(this.#database.build.deleteFrom('intents').where('id', '=', id));
  }

  /** The write may have had its effect or not. */
  doubt(id: string): void {
    this.#database.run(this.#database.build.updateTable('intents').set({ in_doubt: 1 }).where('id', '=', id));
  }

  /** How many writes to a provider have an outcome that is not known, those of a process that died included. */
  inDoubt(provider: ProviderName, now: Instant): number {
    const counted = this.#database.row(
      this.#database.build
        .selectFrom('intents')
        .select(sql<number>`count(*)`.as('doubts'))
        .where('provider', '=', provider)
        .where('sent_at', 'is not', null)
        .where((where) => where.or([where('in_doubt', '=', 1), where('created_at', '<=', now - UNDER_WAY)])),
    );
    return counted?.doubts ?? 0;
  }

  /** The write was refused, so it is as if it had never been sent. */
  unsend(id: string): void {
    this.#database.run(this.#database.build.deleteFrom('intents').where('id', '=', id).where('coupon_id', 'is', null));
    this.#database.run(
      this.#database.build.updateTable('intents').set({ sent_at: null, in_doubt: 0 }).where('id', '=', id),
    );
  }

  #plan(intent: NewIntent, now: Instant): string {
    const left = this.#row(intent);
    if (left) return left.id;
    const { idempotencyKey, code, ...columns } = intent;
    const id = randomUUID();
    this.#database.run(
      this.#database.build.insertInto('intents').values({
        ...columns,
        id,
        idempotency_key: idempotencyKey,
        code,
        code_key: code === null ? null : codeKey(code),
        created_at: now,
      }),
    );
    return id;
  }

  #row({ caller, idempotencyKey, operation }: NewIntent): Selectable<IntentTable> | undefined {
    if (idempotencyKey === null) return undefined;
    return this.#database.row(
      this.#database.build
        .selectFrom('intents')
        .selectAll()
        .where('caller', '=', caller)
        .where('idempotency_key', '=', idempotencyKey)
        .where('operation', '=', operation),
    );
  }
}
