import type { Redemption } from '../promo/redemption.ts';
import type { Gateway } from './gateway.ts';

/** Tells those who listen that a use, and with it the counts of its promotion and the coupon behind it, have changed. */
export function publishUse(gateway: Gateway, redemption: Redemption): void {
  gateway.changes.publish('redemptionChanged', redemption);
  gateway.changes.publish('promotionChanged', redemption.promotionId);
}
