/** A coupon with its parts expanded, as Stripe's API version 2026-10-28.endive returns it. */
export const COUPON = {
  id: 'Z4OV52SU',
  object: 'coupon',
  amount_off: 500,
  applies_to: { products: ['prod_1'] },
  created: 1_790_000_000,
  currency: 'usd',
  currency_options: { eur: { amount_off: 450 }, usd: { amount_off: 500 }, isk: { amount_off: 70_000 } },
  duration: 'repeating',
  duration_in_months: 3,
  livemode: false,
  max_redemptions: 100,
  metadata: { team: 'a', promo_gateway_intent: 'intent_1' },
  name: 'Five off',
  percent_off: null,
  redeem_by: 1_900_000_000,
  times_redeemed: 6,
  valid: true,
};

/** A promotion code with its coupon expanded. */
export const CODE = {
  id: 'promo_1SucFwRjNw7C4HMK01fsfjOh',
  object: 'promotion_code',
  active: true,
  code: 'SUMMER20',
  created: 1_790_000_001,
  customer: 'cus_1',
  customer_account: null,
  expires_at: 1_800_000_000,
  livemode: false,
  max_redemptions: 10,
  metadata: { campaign: 'b', promo_gateway_intent: 'intent_2' },
  promotion: { coupon: COUPON, type: 'coupon' },
  restrictions: {
    first_time_transaction: true,
    minimum_amount: 1000,
    minimum_amount_currency: 'usd',
    currency_options: { eur: { minimum_amount: 900 } },
  },
  times_redeemed: 2,
};
