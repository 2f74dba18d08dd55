/** Differences between versions of Flexprice, and behaviours that vary within one version. */
export interface FlexpriceSwitches {
  /** The shape of error bodies: flat, or nested as in servers before April 2026. */
  errors: 'flat' | 'nested';
  /** Servers before June 2026 ignore `coupon_code`, and have no look-up by code, no associations and no redemption. */
  couponCodes: 'supported' | 'unsupported';
  /** Whether a read by id returns the count of the first read until the coupon changes. Flexprice caches it for 30 minutes. */
  totalRedemptions: 'fresh' | 'stale-by-id';
  /** The status for an unknown field in a search filter. A real server returns one of the two at random. */
  ambiguousStatus: 400 | 500;
}

export const DEFAULT_FLEXPRICE_SWITCHES: FlexpriceSwitches = {
  errors: 'flat',
  couponCodes: 'supported',
  totalRedemptions: 'fresh',
  ambiguousStatus: 400,
};
