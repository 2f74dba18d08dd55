import { TEXT } from './column-types.ts';

/** Idempotency keys, pending writes, webhooks and the synchronisation. */
export const WRITES = [
  // A sequence, because a row that every transaction updates would make them wait for each other.
  'CREATE SEQUENCE sequence',

  `CREATE TABLE idempotency_keys (
    caller ${TEXT} NOT NULL,
    key ${TEXT} NOT NULL,
    mutation ${TEXT} NOT NULL,
    input_hash ${TEXT} NOT NULL,
    provider ${TEXT} NOT NULL,
    result_id ${TEXT},
    leased_until bigint NOT NULL,
    created_at bigint NOT NULL,
    token bigint NOT NULL DEFAULT 0,
    code ${TEXT},
    PRIMARY KEY (caller, key)
  )`,
  'CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at)',

  `CREATE TABLE intents (
    id ${TEXT} PRIMARY KEY,
    provider ${TEXT} NOT NULL,
    account ${TEXT} NOT NULL,
    operation ${TEXT} NOT NULL,
    caller ${TEXT} NOT NULL,
    idempotency_key ${TEXT},
    code ${TEXT},
    normalized_code ${TEXT},
    coupon_id ${TEXT},
    sent_at bigint,
    in_doubt bigint NOT NULL DEFAULT 0,
    request ${TEXT},
    recover_at bigint,
    tries bigint NOT NULL DEFAULT 0,
    sent_sequence bigint,
    is_overlapped bigint NOT NULL DEFAULT 0,
    created_at bigint NOT NULL,
    target_id ${TEXT}
  )`,
  'CREATE INDEX intents_by_code ON intents (normalized_code) WHERE normalized_code IS NOT NULL',
  'CREATE INDEX intents_by_key ON intents (idempotency_key, caller) WHERE idempotency_key IS NOT NULL',
  'CREATE INDEX intents_by_target ON intents (target_id) WHERE target_id IS NOT NULL',
  'CREATE INDEX intents_to_recover ON intents (recover_at) WHERE recover_at IS NOT NULL',

  `CREATE TABLE later_writes (
    intent_id ${TEXT} NOT NULL,
    later_id ${TEXT} NOT NULL,
    PRIMARY KEY (intent_id, later_id)
  )`,
  'CREATE INDEX later_writes_by_later ON later_writes (later_id)',

  `CREATE TABLE provider_events (
    provider ${TEXT} NOT NULL,
    event_id ${TEXT} NOT NULL,
    plan_ids ${TEXT} NOT NULL,
    subscription_ids ${TEXT} NOT NULL,
    promotion_ids ${TEXT} NOT NULL DEFAULT '[]',
    coupon_ids ${TEXT} NOT NULL DEFAULT '[]',
    received_at bigint NOT NULL,
    is_done bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (provider, event_id)
  )`,
  'CREATE INDEX provider_events_left ON provider_events (received_at) WHERE is_done = 0',

  `CREATE TABLE sync_rounds (
    provider ${TEXT} NOT NULL,
    account ${TEXT} NOT NULL,
    phase ${TEXT} NOT NULL CHECK (phase IN ('LIST', 'CODES', 'VANISHED', 'DONE')),
    cursor ${TEXT},
    coupon_id ${TEXT},
    sequence bigint NOT NULL,
    seen bigint NOT NULL,
    is_complete bigint NOT NULL,
    started_at bigint NOT NULL,
    finished_at bigint,
    leased_until bigint NOT NULL,
    token bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (provider, account)
  )`,
];
