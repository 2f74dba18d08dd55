/** Behaviours that ChatDash's reference leaves open or documents in two ways. */
export interface ChatdashSwitches {
  /** Whether "Bearer " is allowed before the API key. */
  bearerPrefix: 'refused' | 'allowed';
  /** The status with which ChatDash forwards Stripe's refusals: one status for all, or Stripe's own. */
  stripeRefusals: 400 | 500 | 'as-stripe';
  /** Whether a minimum amount comes back as sent, or as null in both fields, as in the documented example ("blank"). */
  restrictions: 'echoed' | 'blank';
  /** Whether ChatDash forwards the `id` of a new coupon to Stripe. The reference shows only some of the fields. */
  couponIds: 'chosen' | 'generated';
  /**
   * How a promotion code contains its coupon: the whole coupon at the top level, as before Stripe's API version 2025-09-30, or the
   * id or the whole coupon in `promotion`.
   */
  couponOfCode: 'whole' | 'promotion-id' | 'promotion-whole';
}

export const DEFAULT_CHATDASH_SWITCHES: ChatdashSwitches = {
  bearerPrefix: 'refused',
  stripeRefusals: 400,
  restrictions: 'echoed',
  couponIds: 'chosen',
  couponOfCode: 'whole',
};
