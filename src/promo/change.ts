import type { GatewayRules, Instant } from './promotion.ts';
import type { PromoCodeChange, ProviderLimits } from './provider.ts';

/** What somebody wants changed on a promo code; an absent field stays, null clears. */
export interface PromoCodeChangeRequest {
  active?: boolean;
  maxRedemptions?: number | null;
  perCustomerLimit?: number | null;
  startsAt?: Instant | null;
  expiresAt?: Instant | null;
}

/** What the provider itself says of a promo code, without the gateway's rules. */
export interface ProviderSide {
  active: boolean;
  maxRedemptions: number | null;
  startsAt: Instant | null;
  expiresAt: Instant | null;
}

/** What a change becomes: what is sent, what the gateway's rules become, and what neither can do. */
export interface FittedChange {
  sent: PromoCodeChange;
  rules: GatewayRules;
  unsupported: string[];
}

/**
 * How a change fits a provider. What the provider cannot change, a rule of the gateway may, where the caller allows one;
 * a rule only narrows what the provider allows, so it cannot lift a limit that the provider has. Taking a rule away
 * needs nobody's leave.
 */
export function fitChange(change: PromoCodeChangeRequest, situation: Situation): FittedChange {
  const fitted: FittedChange = { sent: {}, rules: {}, unsupported: [] };
  if (change.perCustomerLimit !== undefined) fitted.rules.perCustomerLimit = change.perCustomerLimit;
  if (change.active !== undefined) fitActive(fitted, change.active, situation);
  fitLimit(fitted, 'maxRedemptions', change.maxRedemptions, Math.min, situation);
  fitLimit(fitted, 'startsAt', change.startsAt, Math.max, situation);
  fitLimit(fitted, 'expiresAt', change.expiresAt, Math.min, situation);
  return fitted;
}

/** True where the provider says all that a change asked for. */
export function matches(side: ProviderSide, change: PromoCodeChange): boolean {
  const fields = ['active', 'maxRedemptions', 'startsAt', 'expiresAt'] as const;
  return fields.every((field) => change[field] === undefined || change[field] === side[field]);
}

interface Situation {
  side: ProviderSide;
  limits: ProviderLimits;
  allowRules: boolean;
}

function fitActive(fitted: FittedChange, active: boolean, { limits, allowRules }: Situation): void {
  const isSent = limits.promoCodeChanges.has('active');
  if (isSent) fitted.sent.active = active;
  else if (!active && !allowRules) fitted.unsupported.push('active');
  fitted.rules.switchedOff = !active && !isSent;
}

function fitLimit(
  fitted: FittedChange,
  field: 'maxRedemptions' | 'startsAt' | 'expiresAt',
  wanted: number | null | undefined,
  narrower: (one: number, other: number) => number,
  { side, limits, allowRules }: Situation,
): void {
  if (wanted === undefined) return;
  if (limits.promoCodeChanges.has(field)) {
    fitted.sent[field] = wanted;
    fitted.rules[field] = null;
    return;
  }
  const provider = side[field];
  const result = wanted === null || provider === null ? (wanted ?? provider) : narrower(wanted, provider);
  const isPossible = result === wanted && (wanted === null || allowRules);
  if (!isPossible) fitted.unsupported.push(field);
  fitted.rules[field] = wanted;
}
