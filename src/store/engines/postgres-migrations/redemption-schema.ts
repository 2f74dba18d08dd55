import { NUMBER, TEXT } from './column-types.ts';

/** The ledger, failed attempts, refusals, and who changed promotions. */
export const REDEMPTIONS = [
  `CREATE TABLE redemptions (
    number ${NUMBER} PRIMARY KEY,
    ledger_id ${TEXT} NOT NULL UNIQUE,
    status ${TEXT} NOT NULL CHECK (status IN ('HELD', 'REDEEMED', 'CANCELLED', 'EXPIRED')),
    promotion_id ${TEXT} NOT NULL,
    provider ${TEXT},
    account ${TEXT},
    coupon_id ${TEXT},
    caller ${TEXT} NOT NULL,
    customer_id ${TEXT},
    order_id ${TEXT},
    order_minor bigint,
    order_currency ${TEXT},
    discount_minor bigint,
    discount_currency ${TEXT},
    subscription_id ${TEXT},
    provider_use_id ${TEXT},
    disputed_use_id ${TEXT},
    taken_sequence bigint,
    counted_sequence bigint,
    cancel_reason ${TEXT},
    created_at bigint NOT NULL,
    held_until bigint,
    held_before bigint,
    hold_before ${TEXT},
    redeemed_at bigint,
    cancelled_at bigint,
    -- Uses that were never redeemed come last, newest first: their values are below every instant in a filter.
    redeemed_order bigint GENERATED ALWAYS AS (coalesce(redeemed_at, created_at - 9007199254740991)) STORED
  )`,
  // An order uses a promotion at most once. Also finds all uses of an order.
  `CREATE UNIQUE INDEX redemptions_by_order ON redemptions (caller, order_id, promotion_id, coalesce(customer_id, ''))
    WHERE order_id IS NOT NULL AND status IN ('HELD', 'REDEEMED')`,
  `CREATE UNIQUE INDEX redemptions_by_provider_use ON redemptions (provider, account, provider_use_id)
    WHERE provider_use_id IS NOT NULL`,
  'CREATE INDEX redemptions_by_customer ON redemptions (customer_id, promotion_id, created_at, number)',
  `CREATE INDEX redemptions_transacted ON redemptions (customer_id, provider, account)
    WHERE customer_id IS NOT NULL AND status = 'REDEEMED'`,
  'CREATE INDEX redemptions_by_subscription ON redemptions (subscription_id) WHERE subscription_id IS NOT NULL',

  'CREATE INDEX redemptions_by_status ON redemptions (status, created_at, number)',
  'CREATE INDEX redemptions_by_promotion ON redemptions (promotion_id, status, created_at, number)',
  `CREATE INDEX redemptions_by_coupon ON redemptions (coupon_id, status, created_at, number)
    WHERE coupon_id IS NOT NULL`,
  'CREATE INDEX redemptions_of_customer ON redemptions (customer_id, created_at, number) WHERE customer_id IS NOT NULL',
  'CREATE INDEX redemptions_by_order_id ON redemptions (order_id, created_at, number) WHERE order_id IS NOT NULL',
  'CREATE INDEX redemptions_by_status_redeemed ON redemptions (status, redeemed_order, number)',
  'CREATE INDEX redemptions_by_promotion_redeemed ON redemptions (promotion_id, status, redeemed_order, number)',
  `CREATE INDEX redemptions_by_coupon_redeemed ON redemptions (coupon_id, status, redeemed_order, number)
    WHERE coupon_id IS NOT NULL`,
  `CREATE INDEX redemptions_of_customer_redeemed ON redemptions (customer_id, redeemed_order, number)
    WHERE customer_id IS NOT NULL`,

  `CREATE INDEX redemptions_running_out ON redemptions (status, held_until)
    WHERE status = 'HELD' AND held_until IS NOT NULL`,
  "CREATE INDEX redemptions_open ON redemptions (promotion_id, taken_sequence) WHERE status = 'HELD'",
  `CREATE INDEX redemptions_open_of_coupon ON redemptions (coupon_id, taken_sequence)
    WHERE status = 'HELD' AND coupon_id IS NOT NULL`,
  `CREATE INDEX redemptions_held ON redemptions (promotion_id, held_until) WHERE status = 'HELD'`,
  `CREATE INDEX redemptions_held_of_coupon ON redemptions (coupon_id, held_until)
    WHERE status = 'HELD' AND coupon_id IS NOT NULL`,
  `CREATE INDEX redemptions_open_holds ON redemptions (caller, customer_id, status, held_until)
    WHERE status = 'HELD' AND held_until IS NOT NULL`,

  `CREATE TABLE attempts (
    number ${NUMBER} PRIMARY KEY,
    at bigint NOT NULL,
    caller ${TEXT} NOT NULL,
    customer_id ${TEXT},
    address ${TEXT},
    code ${TEXT} NOT NULL,
    reason ${TEXT} NOT NULL,
    is_counted bigint NOT NULL DEFAULT 1
  )`,
  'CREATE INDEX attempts_by_time ON attempts (at, number)',
  'CREATE INDEX attempts_by_caller ON attempts (caller, at, number)',
  'CREATE INDEX attempts_by_customer ON attempts (customer_id, at, number) WHERE customer_id IS NOT NULL',
  'CREATE INDEX attempts_by_address ON attempts (address, at, number) WHERE address IS NOT NULL',

  `CREATE TABLE refusals (
    number ${NUMBER} PRIMARY KEY,
    at bigint NOT NULL,
    operation ${TEXT} NOT NULL,
    caller ${TEXT} NOT NULL,
    request_id ${TEXT},
    code ${TEXT},
    normalized_code ${TEXT},
    promotion_id ${TEXT},
    customer_id ${TEXT},
    order_id ${TEXT},
    reason ${TEXT} NOT NULL,
    reason_given ${TEXT} NOT NULL,
    providers ${TEXT} NOT NULL
  )`,
  'CREATE INDEX refusals_by_time ON refusals (at, number)',
  'CREATE INDEX refusals_by_caller ON refusals (caller, at, number)',
  'CREATE INDEX refusals_by_customer ON refusals (customer_id, at, number) WHERE customer_id IS NOT NULL',
  'CREATE INDEX refusals_by_order ON refusals (order_id, at, number) WHERE order_id IS NOT NULL',
  'CREATE INDEX refusals_by_code ON refusals (normalized_code, at, number) WHERE normalized_code IS NOT NULL',
  'CREATE INDEX refusals_by_reason ON refusals (reason, at, number)',

  `CREATE TABLE promotion_history (
    number ${NUMBER} PRIMARY KEY,
    promotion_id ${TEXT} NOT NULL,
    at bigint NOT NULL,
    kind ${TEXT} NOT NULL,
    caller ${TEXT} NOT NULL,
    request_id ${TEXT},
    fields ${TEXT} NOT NULL
  )`,
  'CREATE INDEX promotion_history_by_promotion ON promotion_history (promotion_id, number)',

  `CREATE TABLE forgotten_customers (
    id_hash ${TEXT} PRIMARY KEY,
    replacement ${TEXT} NOT NULL,
    forgotten_at bigint NOT NULL
  )`,

  // The table that rate-limiter-flexible expects.
  `CREATE TABLE attempt_limits (key ${TEXT} PRIMARY KEY, points bigint NOT NULL DEFAULT 0, expire bigint)`,
];
