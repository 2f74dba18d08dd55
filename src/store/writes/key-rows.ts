import type { Selectable } from 'kysely';
import type { KeyRecord } from '../../domain/ledger/idempotency-key.ts';
import type { IdempotencyKeyTable } from './write-tables.ts';

type KeyRow = Selectable<IdempotencyKeyTable>;

/** The columns of an idempotency key. */
export const KEY_COLUMNS = {
  caller: 'text',
  key: 'text',
  mutation: 'text',
  input_hash: 'text',
  provider: 'text',
  result_id: 'text',
  leased_until: 'integer',
  created_at: 'integer',
  token: 'integer',
  code: 'text',
} as const satisfies Record<keyof KeyRow, 'text' | 'integer'>;

export function toKeyRecord(row: KeyRow): KeyRecord {
  const { caller, key, mutation, provider, token, code } = row;
  return {
    caller,
    key,
    mutation,
    inputHash: row.input_hash,
    provider,
    resultId: row.result_id,
    leasedUntil: row.leased_until,
    createdAt: row.created_at,
    token,
    code,
  };
}

export function toKeyRow(record: KeyRecord): KeyRow {
  const { caller, key, mutation, provider, token, code } = record;
  return {
    caller,
    key,
    mutation,
    input_hash: record.inputHash,
    provider,
    result_id: record.resultId,
    leased_until: record.leasedUntil,
    created_at: record.createdAt,
    token,
    code,
  };
}
