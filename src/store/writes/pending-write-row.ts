import { randomUUID } from 'node:crypto';
import type { Selectable } from 'kysely';
import { normalizedCode } from '../../domain/codes/code.ts';
import type { IdempotencyKey } from '../../domain/ledger/idempotency-key.ts';
import type { Lease } from '../../domain/ledger/lease.ts';
import type { Instant, ProviderName } from '../../domain/promotion/promotion.ts';
import type { Db } from '../engines/engine.ts';
import { type Operation, type WriteRequest, writeRequest } from './write-request.ts';
import type { PendingWriteTable } from './write-tables.ts';

/** A write to a provider that is about to be sent, and the lease of its idempotency key. */
export interface NewPendingWrite {
  provider: ProviderName;
  account: string;
  call: Lease;
  request: WriteRequest;
}

/** A write that was sent and whose outcome is unknown. */
export interface PendingWrite {
  id: string;
  provider: ProviderName;
  account: string;
  call: IdempotencyKey;
  operation: string;
  /** Null: another version of the gateway wrote it in a form that this one cannot read. */
  request: WriteRequest | null;
  /** When it was first recorded. Nothing that it created is older. */
  since: Instant;
  /** When it was last sent. */
  sentAt: Instant;
  /** How often it was reconciled. */
  tries: number;
}

/** Another write is creating, or may have created, a promo code with the same normalized code. */
export class CodeBeingCreatedError extends Error {
  override readonly name = 'CodeBeingCreatedError';
}

/** A live promo code of the same account has the same normalized code. */
export class CodeTakenError extends Error {
  override readonly name = 'CodeTakenError';
}

/** @returns null for a write that was not sent */
export function toPendingWrite(row: Selectable<PendingWriteTable>): PendingWrite | null {
  const { id, provider, account, caller, idempotency_key: key, operation, sent_at: sentAt, tries } = row;
  if (sentAt === null) return null;
  const request = row.request === null ? null : (writeRequest.safeParse(JSON.parse(row.request)).data ?? null);
  const call = { caller, key: key ?? '' };
  return { id, provider, account, call, operation, request, since: row.created_at, sentAt, tries };
}

/** The promotion that a write changes; null: it creates one, or concerns a use. */
export function targetOf(request: WriteRequest): string | null {
  return 'id' in request ? request.id : null;
}

/** The row of the write that an earlier call under the same idempotency key recorded. */
export function rowOfKey(
  { caller, key }: IdempotencyKey,
  operation: Operation,
  db: Db,
): Promise<Selectable<PendingWriteTable> | undefined> {
  return db
    .selectFrom('intents')
    .selectAll()
    .where('caller', '=', caller)
    .where('idempotency_key', '=', key)
    .where('operation', '=', operation)
    .executeTakeFirst();
}

/** The id of that row. Inserts the row if there is none. Part of a transaction. */
export async function pendingWriteOf(
  { provider, account, operation, call, code }: NewRow,
  now: Instant,
  db: Db,
): Promise<string> {
  const earlier = await rowOfKey(call, operation, db);
  if (earlier) return earlier.id;
  const id = randomUUID();
  const key = { caller: call.caller, idempotency_key: call.key };
  const codes = { code, normalized_code: code === null ? null : normalizedCode(code) };
  const row = { id, provider, account, operation, ...key, ...codes, created_at: now };
  await db.insertInto('intents').values(row).execute();
  return id;
}

type NewRow = Pick<NewPendingWrite, 'provider' | 'account'> & {
  operation: Operation;
  call: IdempotencyKey;
  code: string | null;
};
