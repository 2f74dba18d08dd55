import { isDeepStrictEqual } from 'node:util';
import type { GatewayRules, Instant, Metadata } from '../promotion/promotion.ts';
import type { ProviderCapabilities } from './capabilities.ts';
import type { PromoCodeChange } from './provider.ts';
import { ruleOnly, type UnsupportedField, unsupportedField } from './unsupported.ts';
import { metadataFaults } from './unsupported-fields.ts';

/** A change of a promo code as a client requests it. An absent field stays; null clears it. */
export interface PromoCodeChangeRequest {
  active?: boolean;
  maxRedemptions?: number | null;
  perCustomerLimit?: number | null;
  startsAt?: Instant | null;
  expiresAt?: Instant | null;
  /** Replaces all metadata; null clears it. */
  metadata?: Metadata | null;
}

/** A promo code at the provider, without the gateway's rules. */
export interface ProviderSide {
  active: boolean;
  maxRedemptions: number | null;
  startsAt: Instant | null;
  expiresAt: Instant | null;
}

/** A change divided into what the provider gets, new rules of the gateway, and fields that neither can change. */
export interface FittedPromoCodeChange {
  sent: PromoCodeChange;
  rules: GatewayRules;
  /** The metadata, if the provider has none and the gateway stores it; null clears it. */
  keptMetadata?: Metadata | null;
  unsupported: UnsupportedField[];
}

/**
 * Divides a change between the provider and the gateway's rules. If the provider cannot change a field, a rule can, if
 * `allowRules` permits it. A rule only narrows what the provider allows, so it cannot raise the provider's limit. A
 * rule can always be removed.
 */
export function fitPromoCodeChange(change: PromoCodeChangeRequest, situation: Situation): FittedPromoCodeChange {
  const fitted: FittedPromoCodeChange = { sent: {}, rules: {}, unsupported: [] };
  if (change.perCustomerLimit !== undefined) fitted.rules.perCustomerLimit = change.perCustomerLimit;
  if (change.active !== undefined) fitActive(fitted, change.active, situation);
  fitLimit(fitted, 'maxRedemptions', change.maxRedemptions, Math.min, situation);
  fitLimit(fitted, 'startsAt', change.startsAt, Math.max, situation);
  fitLimit(fitted, 'expiresAt', change.expiresAt, Math.min, situation);
  if (change.metadata !== undefined) fitMetadata(fitted, change.metadata, situation);
  return fitted;
}

/** A promo code in a provider's answer; undefined: the answer omits the field. */
type Shown = { [Field in keyof ProviderSide]: ProviderSide[Field] | undefined } & {
  redeemedCount: number | undefined;
  metadata?: Metadata | null;
};

/** Whether a provider's answer shows the requested change; undefined: the answer omits a field that decides it. */
export function isChangeShown(shown: Shown, change: PromoCodeChange, now: Instant): boolean | undefined {
  const { active, maxRedemptions, startsAt, expiresAt, metadata } = change;
  const answers = [
    active === undefined || isActiveShown(shown, active, now),
    maxRedemptions === undefined || isLimitShown(shown, maxRedemptions),
    startsAt === undefined || isTimeShown(shown.startsAt, startsAt),
    expiresAt === undefined || isTimeShown(shown.expiresAt, expiresAt),
    metadata === undefined || isMetadataShown(shown.metadata, metadata),
  ];
  if (answers.includes(false)) return false;
  return answers.includes(undefined) ? undefined : true;
}

function isShown<Value>(shown: Value | undefined, asked: Value): boolean | undefined {
  return shown === undefined ? undefined : shown === asked;
}

/** A provider may show an active promo code as inactive because it is exhausted or expired. */
function isActiveShown(shown: Shown, asked: boolean, now: Instant): boolean | undefined {
  const { active, maxRedemptions, redeemedCount, expiresAt } = shown;
  const isUsedUp = typeof maxRedemptions === 'number' && (redeemedCount ?? 0) >= maxRedemptions;
  const isExpired = typeof expiresAt === 'number' && expiresAt <= now;
  return asked && active === false && (isUsedUp || isExpired) ? undefined : isShown(active, asked);
}

/**
 * If a provider returns the remaining uses instead of the limit, a limit below the count appears equal to the count.
 */
function isLimitShown({ maxRedemptions: limit, redeemedCount: count }: Shown, asked: number | null) {
  if (limit === undefined || limit === asked || asked === null || limit === null) return isShown(limit, asked);
  return asked < limit && limit === count;
}

/** Some providers store times in whole seconds. */
function isTimeShown(shown: Instant | null | undefined, asked: Instant | null): boolean | undefined {
  if (shown === undefined || shown === null || asked === null) return isShown(shown, asked);
  return Math.abs(shown - asked) < 1000;
}

/** Empty metadata is none. */
function isMetadataShown(shown: Metadata | null | undefined, asked: Metadata | null): boolean | undefined {
  return shown === undefined ? undefined : isDeepStrictEqual(shown ?? {}, asked ?? {});
}

interface Situation {
  side: ProviderSide;
  capabilities: ProviderCapabilities;
  allowRules: boolean;
}

const ONLY_NARROWER =
  'cannot be changed at the provider, and a rule of the gateway can only be narrower: create another promo code';

function fitActive(fitted: FittedPromoCodeChange, active: boolean, { capabilities, allowRules }: Situation): void {
  const isSent = capabilities.promoCodeChanges.has('active');
  if (isSent) fitted.sent.active = active;
  else if (!active && !allowRules)
    fitted.unsupported.push(ruleOnly('active', 'NOT_CHANGEABLE', 'cannot be changed at the provider'));
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
  const isNarrower = result === wanted;
  if (!isNarrower) fitted.unsupported.push(unsupportedField(field, 'NOT_CHANGEABLE', ONLY_NARROWER));
  else if (wanted !== null && !allowRules) {
    fitted.unsupported.push(ruleOnly(field, 'NOT_CHANGEABLE', 'cannot be changed at the provider'));
  }
  fitted.rules[field] = wanted;
}

/** The gateway stores the metadata of a provider that has none. */
function fitMetadata(fitted: FittedPromoCodeChange, metadata: Metadata | null, { capabilities }: Situation): void {
  const isStoredByProvider = capabilities.promoCodeFields.has('metadata');
  if (!isStoredByProvider) fitted.keptMetadata = metadata;
  else if (capabilities.promoCodeChanges.has('metadata')) fitted.sent.metadata = metadata;
  else fitted.unsupported.push(unsupportedField('metadata', 'NOT_CHANGEABLE', 'cannot be changed at the provider'));
  fitted.unsupported.push(...metadataFaults(metadata ?? undefined, isStoredByProvider, capabilities));
}
