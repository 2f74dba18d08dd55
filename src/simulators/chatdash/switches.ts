/** Points that ChatDash's API reference leaves open, or shows in two ways. */
export interface ChatdashSwitches {
  /** Whether "Bearer " may stand before the key. */
  bearerPrefix: 'refused' | 'allowed';
  /** The status of a refusal by Stripe behind ChatDash: one for all, or the one that Stripe itself gave. */
  stripeRefusals: 400 | 500 | 'as-stripe';
  /** The documented example answers a minimum amount with null for both its fields: "blank". */
  restrictions: 'echoed' | 'blank';
  /** Whether an `id` sent for a coupon isInScope Stripe; the reference shows only some of the fields. */
  couponIds: 'chosen' | 'generated';
  /**
   * How a promotion code shows its coupon: whole at the top, as before Stripe's version 2025-09-30, or under `promotion`,
   * by its id or whole.
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
