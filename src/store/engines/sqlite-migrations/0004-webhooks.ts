import { type Kysely, sql } from 'kysely';

/** Webhook events of providers, and the promotions that are due for a new read because of them. */
export async function up(database: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(database);
}

const STATEMENTS = [
  `CREATE TABLE provider_events (
    provider TEXT NOT NULL,
    event_id TEXT NOT NULL,
    plan_ids TEXT NOT NULL,
    subscription_ids TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    is_done INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (provider, event_id)
  ) STRICT, WITHOUT ROWID`,
  'CREATE INDEX provider_events_left ON provider_events (received_at) WHERE is_done = 0',
  'ALTER TABLE promotions ADD COLUMN due_sequence INTEGER',
  `CREATE INDEX promotions_by_plan ON promotions (provider_plan_id) WHERE provider_plan_id IS NOT NULL`,
  `CREATE INDEX promotions_by_plan_rule ON promotions (rule_plan_id) WHERE rule_plan_id IS NOT NULL`,
  `CREATE INDEX redemptions_by_subscription ON redemptions (subscription_id) WHERE subscription_id IS NOT NULL`,
];
