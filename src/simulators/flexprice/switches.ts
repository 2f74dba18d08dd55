/** How Flexprice servers of different ages differ, and what one server answers in two ways. */
export interface FlexpriceSwitches {
  /** The flat error body, or the nested one of servers before April 2026. */
  errors: 'flat' | 'nested';
  /** Servers before June 2026 ignore `coupon_code` and have neither look-up by code, nor associations, nor redemption. */
  couponCodes: 'supported' | 'unsupported';
  /** Whether a coupon read by id keeps the count of its first reading until it is changed (a 30-minute cache). */
  totalRedemptions: 'fresh' | 'stale-by-id';
  /** The status where Flexprice picks one of two by chance: an unknown field in a search filter. */
  ambiguousStatus: 400 | 500;
}

export const DEFAULT_FLEXPRICE_SWITCHES: FlexpriceSwitches = {
  errors: 'flat',
  couponCodes: 'supported',
  totalRedemptions: 'fresh',
  ambiguousStatus: 400,
};
