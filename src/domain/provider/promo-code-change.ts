import type { GatewayRules, Instant } from '../promotion/promotion.ts';
import type { ProviderCapabilities } from './capabilities.ts';
import type { PromoCodeChange } from './provider.ts';

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
export interface FittedPromoCodeChange {
  sent: PromoCodeChange;
  rules: GatewayRules;
  unsupported: string[];
}

/**
 * How a change fits a provider. What the provider cannot change, a rule of the gateway may, where the caller allows one;
 * a rule only narrows what the provider allows, so it cannot lift a limit that the provider has. Taking a rule away
 * needs nobody's leave.
 */
export function fitPromoCodeChange(change: PromoCodeChangeRequest, situation: Situation): FittedPromoCodeChange {
  const fitted: FittedPromoCodeChange = { sent: {}, rules: {}, unsupported: [] };
  if (change.perCustomerLimit !== undefined) fitted.rules.perCustomerLimit = change.perCustomerLimit;
  if (change.active !== undefined) fitActive(fitted, change.active, situation);
  fitLimit(fitted, 'maxRedemptions', change.maxRedemptions, Math.min, situation);
  fitLimit(fitted, 'startsAt', change.startsAt, Math.max, situation);
  fitLimit(fitted, 'expiresAt', change.expiresAt, Math.min, situation);
  return fitted;
}

/** What a provider has answered of a promo code; undefined: the answer leaves it out. */
type Shown = { [Field in keyof ProviderSide]: ProviderSide[Field] | undefined } & { redeemedCount: number | undefined };

/** Whether what a provider shows is all that a change asked for; undefined: it leaves out what would tell. */
export function isChangeShown(shown: Shown, change: PromoCodeChange, now: Instant): boolean | undefined {
  const { active, maxRedemptions, startsAt, expiresAt } = change;
  const answers = [
    active === undefined || isActiveShown(shown, active, now),
    maxRedemptions === undefined || isLimitShown(shown, maxRedemptions),
    startsAt === undefined || isTimeShown(shown.startsAt, startsAt),
    expiresAt === undefined || isTimeShown(shown.expiresAt, expiresAt),
  ];
  if (answers.includes(false)) return false;
  return answers.includes(undefined) ? undefined : true;
}

function isShown<Value>(shown: Value | undefined, asked: Value): boolean | undefined {
  return shown === undefined ? undefined : shown === asked;
}

/** A provider may show what is switched on as off because it is used up or over. */
function isActiveShown(shown: Shown, asked: boolean, now: Instant): boolean | undefined {
  const { active, maxRedemptions, redeemedCount, expiresAt } = shown;
  const isUsedUp = typeof maxRedemptions === 'number' && (redeemedCount ?? 0) >= maxRedemptions;
  const isOver = typeof expiresAt === 'number' && expiresAt <= now;
  return asked && active === false && (isUsedUp || isOver) ? undefined : isShown(active, asked);
}

/** A provider that tells what is left, and not the limit, shows a limit below its count as that count. */
function isLimitShown({ maxRedemptions: limit, redeemedCount: count }: Shown, asked: number | null) {
  if (limit === undefined || limit === asked || asked === null || limit === null) return isShown(limit, asked);
  return asked < limit && limit === count;
}

/** Providers keep times in whole seconds, or in milliseconds. */
function isTimeShown(shown: Instant | null | undefined, asked: Instant | null): boolean | undefined {
  if (shown === undefined || shown === null || asked === null) return isShown(shown, asked);
  return Math.abs(shown - asked) < 1000;
}

interface Situation {
  side: ProviderSide;
  capabilities: ProviderCapabilities;
  allowRules: boolean;
}

function fitActive(fitted: FittedPromoCodeChange, active: boolean, { capabilities, allowRules }: Situation): void {
  const isSent = capabilities.promoCodeChanges.has('active');
  if (isSent) fitted.sent.active = active;
  else if (!active && !allowRules) fitted.unsupported.push('active');
  fitted.rules.switchedOff = !active && !isSent;
}

function fitLimit(
  fitted: FittedPromoCodeChange,
  field: 'maxRedemptions' | 'startsAt' | 'expiresAt',
  wanted: number | null | undefined,
  narrower: (one: number, other: number) => number,
  { side, capabilities, allowRules }: Situation,
): void {
  if (wanted === undefined) return;
  if (capabilities.promoCodeChanges.has(field)) {
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
