import type { Insertable, Selectable } from 'kysely';
import { USE_COLUMNS } from '../redemptions/redemption-rows.ts';
import type { Tables } from '../tables.ts';
import { KEY_COLUMNS } from '../writes/key-rows.ts';

/**
 * The tables that are not copied: changes, which only open gateways read; the sequence, which is no table on each engine;
 * and what the first start computes again.
 */
type NotCopied = 'changes' | 'sequence' | 'code_normalization';
export type CopiedName = Exclude<keyof Tables, NotCopied>;

type Column<Table> = keyof Insertable<Table> & keyof Selectable<Table> & string;
type Kind<Value> = NonNullable<Value> extends number ? 'integer' : 'text';

/** A table that is copied. The compiler checks that no column is missing, except those that the database generates. */
interface CopiedTable<Table> {
  /** The unique columns that order its rows, the same on each engine. */
  key: readonly Column<Table>[];
  columns: { readonly [Name in Column<Table>]: Kind<Selectable<Table>[Name]> };
}

export const COPIED: { readonly [Name in CopiedName]: CopiedTable<Tables[Name]> } = {
  promotions: {
    key: ['number'],
    columns: {
      number: 'integer',
      id: 'text',
      kind: 'text',
      provider: 'text',
      account: 'text',
      provider_id: 'text',
      code: 'text',
      normalized_code: 'text',
      code_skeleton: 'text',
      name: 'text',
      lower_case_name: 'text',
      coupon_id: 'text',
      percentage: 'text',
      amount_minor: 'integer',
      amount_currency: 'text',
      amount_options: 'text',
      duration_kind: 'text',
      duration_count: 'integer',
      duration_unit: 'text',
      provider_active: 'integer',
      provider_max: 'integer',
      provider_starts_at: 'integer',
      provider_expires_at: 'integer',
      provider_customer_id: 'text',
      provider_plan_id: 'text',
      provider_first_transaction: 'integer',
      provider_minimum_minor: 'integer',
      provider_minimum_currency: 'text',
      provider_minimum_options: 'text',
      rule_switched_off: 'integer',
      rule_max: 'integer',
      rule_per_customer: 'integer',
      rule_starts_at: 'integer',
      rule_expires_at: 'integer',
      rule_customer_id: 'text',
      rule_plan_id: 'text',
      rule_first_transaction: 'integer',
      rule_minimum_minor: 'integer',
      rule_minimum_currency: 'text',
      metadata: 'text',
      product_ids: 'text',
      created_at: 'integer',
      as_of: 'integer',
      read_sequence: 'integer',
      due_sequence: 'integer',
      provider_count: 'integer',
      uncounted: 'integer',
      count_lag: 'integer',
      count_answered: 'integer',
      unknown_count: 'integer',
      unknown_limit: 'integer',
      rule_sequences: 'text',
      rules_of: 'text',
      held: 'integer',
      next_release: 'integer',
      status: 'text',
      status_until: 'integer',
    },
  },
  changed_coupons: {
    key: ['coupon_id'],
    columns: {
      coupon_id: 'text',
      after_status: 'text',
      after_created: 'integer',
      after_tie: 'integer',
    },
  },
  redemptions: {
    key: ['number'],
    columns: { number: 'integer', ...USE_COLUMNS, disputed_use_id: 'text' },
  },
  idempotency_keys: { key: ['caller', 'key'], columns: KEY_COLUMNS },
  intents: {
    key: ['id'],
    columns: {
      id: 'text',
      provider: 'text',
      account: 'text',
      operation: 'text',
      caller: 'text',
      idempotency_key: 'text',
      code: 'text',
      normalized_code: 'text',
      coupon_id: 'text',
      sent_at: 'integer',
      in_doubt: 'integer',
      request: 'text',
      recover_at: 'integer',
      tries: 'integer',
      sent_sequence: 'integer',
      is_overlapped: 'integer',
      created_at: 'integer',
      target_id: 'text',
    },
  },
  count_readings: {
    key: ['promotion_id', 'answered_at'],
    columns: {
      promotion_id: 'text',
      answered_at: 'integer',
      at_least: 'integer',
    },
  },
  later_writes: {
    key: ['intent_id', 'later_id'],
    columns: {
      intent_id: 'text',
      later_id: 'text',
    },
  },
  made_here: {
    key: ['promotion_id'],
    columns: {
      promotion_id: 'text',
    },
  },
  provider_events: {
    key: ['provider', 'event_id'],
    columns: {
      provider: 'text',
      event_id: 'text',
      plan_ids: 'text',
      subscription_ids: 'text',
      promotion_ids: 'text',
      coupon_ids: 'text',
      received_at: 'integer',
      is_done: 'integer',
    },
  },
  sync_rounds: {
    key: ['provider', 'account'],
    columns: {
      provider: 'text',
      account: 'text',
      phase: 'text',
      cursor: 'text',
      coupon_id: 'text',
      sequence: 'integer',
      seen: 'integer',
      is_complete: 'integer',
      started_at: 'integer',
      finished_at: 'integer',
      leased_until: 'integer',
      token: 'integer',
    },
  },
  attempts: {
    key: ['number'],
    columns: {
      number: 'integer',
      at: 'integer',
      caller: 'text',
      customer_id: 'text',
      address: 'text',
      code: 'text',
      reason: 'text',
      is_counted: 'integer',
    },
  },
  refusals: {
    key: ['number'],
    columns: {
      number: 'integer',
      at: 'integer',
      operation: 'text',
      caller: 'text',
      request_id: 'text',
      code: 'text',
      normalized_code: 'text',
      promotion_id: 'text',
      customer_id: 'text',
      order_id: 'text',
      reason: 'text',
      reason_given: 'text',
      providers: 'text',
    },
  },
  promotion_history: {
    key: ['number'],
    columns: {
      number: 'integer',
      promotion_id: 'text',
      at: 'integer',
      kind: 'text',
      caller: 'text',
      request_id: 'text',
      fields: 'text',
    },
  },
  forgotten_customers: {
    key: ['id_hash'],
    columns: {
      id_hash: 'text',
      replacement: 'text',
      forgotten_at: 'integer',
    },
  },
  attempt_limits: {
    key: ['key'],
    columns: {
      key: 'text',
      points: 'integer',
      expire: 'integer',
    },
  },
};
