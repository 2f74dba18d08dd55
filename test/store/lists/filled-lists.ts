import type pg from 'pg';
import { promotionId } from '../../../src/domain/promotion/identity.ts';

/** The time of the lists. All rows are older. */
export const NOW = 2_000_000_000;

const OWNER = { provider: 'STRIPE_CONNECT', account: 'acct_1' } as const;

/** A coupon of half of the promo codes. */
export const HOT_COUPON = promotionId({ kind: 'Coupon', ...OWNER, providerId: 'hot' });
/** A promo code with half of the redemptions. */
export const HOT_CODE = promotionId({ kind: 'PromoCode', ...OWNER, providerId: 'hot' });
/** A coupon with few promo codes. */
export const RARE_COUPON = promotionId({ kind: 'Coupon', ...OWNER, providerId: 'rare' });
/** The customer of a quarter of the redemptions. */
export const HOT_CUSTOMER = 'customer of all shops';

/** The number of a promotion `n` among the promo codes or coupons. Each tenth is a coupon. */
const OF_KIND = 'CASE n % 10 WHEN 0 THEN n / 10 ELSE n END';

/** The status of a promotion, by that number. The rarest: one in a thousand. */
const PROMOTION_STATUS = `CASE WHEN of_kind % 1000 = 7 THEN 'SCHEDULED' WHEN of_kind % 100 = 12 THEN 'INACTIVE'
  WHEN of_kind % 10 = 9 THEN 'EXHAUSTED' WHEN of_kind % 10 = 8 THEN 'EXPIRED' ELSE 'ACTIVE' END`;
/** The coupon before a promo code, if it is active and so leaves the promo code its status. */
const COUPON_BEFORE = "CASE WHEN n / 10 % 10 NOT IN (2, 7, 8, 9) THEN 'filled ' || 10 * (n / 10) END";
const REDEMPTION_STATUS = `CASE WHEN n % 100 < 2 THEN 'HELD' WHEN n % 100 < 6 THEN 'EXPIRED'
  WHEN n % 100 < 16 THEN 'CANCELLED' ELSE 'REDEEMED' END`;

/**
 * Fills an empty store that has been opened with promotions and redemptions, so many of each. The newest are last, as in
 * any store. The server gathers no statistics about them.
 */
export async function fillLists(client: pg.Client, rows: number): Promise<void> {
  for (const table of ['promotions', 'redemptions']) {
    await client.query(`ALTER TABLE ${table} SET (autovacuum_enabled = off)`);
  }
  // Without triggers, which would write a change for each row.
  await client.query('SET session_replication_role = replica');
  await client.query(
    `INSERT INTO promotions (id, kind, provider, account, provider_id, code, normalized_code, name, lower_case_name, coupon_id,
        duration_kind, provider_active, provider_max, provider_count, provider_starts_at, provider_expires_at,
        provider_first_transaction, created_at, as_of, read_sequence, status, status_until)
      SELECT CASE n WHEN 1 THEN $2 WHEN 10 THEN $3 WHEN 30 THEN $4 ELSE 'filled ' || n END,
        CASE n % 10 WHEN 0 THEN 'Coupon' ELSE 'PromoCode' END,
        CASE WHEN of_kind % 5 = 4 THEN 'DURO' ELSE 'STRIPE_CONNECT' END, 'acct_' || n % 3,
        'filled ' || n, 'CODE' || n, CASE n % 10 WHEN 0 THEN NULL ELSE 'code' || n END, 'Offer ' || n, 'offer ' || n,
        CASE WHEN n % 10 = 0 OR n % 5 = 4 THEN NULL WHEN n = 1 OR n % 2 = 0 THEN $3
          WHEN n % 1001 = 0 THEN $4 ELSE ${COUPON_BEFORE} END,
        'ONCE', CASE status WHEN 'INACTIVE' THEN 0 ELSE 1 END, CASE status WHEN 'EXHAUSTED' THEN n % 50 END, n % 50,
        CASE status WHEN 'SCHEDULED' THEN $5::bigint + n END,
        CASE WHEN status = 'EXPIRED' THEN n + 1000 WHEN n % 4 = 0 THEN $5::bigint + n END,
        0, n, n, n, status,
        CASE WHEN status = 'SCHEDULED' OR (status = 'ACTIVE' AND n % 4 = 0) THEN $5::bigint + n END
      FROM generate_series(1, $1::integer) AS n, LATERAL (SELECT ${OF_KIND} AS of_kind) AS numbered,
        LATERAL (SELECT ${PROMOTION_STATUS} AS status) AS computed`,
    [rows, HOT_CODE, HOT_COUPON, RARE_COUPON, NOW],
  );
  await client.query(
    `INSERT INTO redemptions (ledger_id, status, promotion_id, provider, account, coupon_id, caller, customer_id, order_id,
        created_at, held_until, redeemed_at)
      SELECT 'filled ' || n, status, CASE n % 2 WHEN 0 THEN $2 ELSE 'filled ' || n % ($1::integer / 10) END,
        'STRIPE_CONNECT', 'acct_1', CASE n % 2 WHEN 0 THEN $3 ELSE 'filled ' || 10 * (n % ($1::integer / 10) / 10) END,
        'filled', CASE n % 4 WHEN 0 THEN $4 ELSE 'customer ' || n / 3 END, 'order ' || n / 2, n,
        CASE status WHEN 'HELD' THEN $5::bigint + n END, CASE WHEN status IN ('REDEEMED', 'CANCELLED') THEN n END
      FROM generate_series(1, $1::integer) AS n, LATERAL (SELECT ${REDEMPTION_STATUS} AS status) AS computed`,
    [rows, HOT_CODE, HOT_COUPON, HOT_CUSTOMER, NOW],
  );
  await client.query('SET session_replication_role = origin');
}
