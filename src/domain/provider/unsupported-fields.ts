import Big from 'big.js';
import type { Money } from '../money/money.ts';
import { percentageDecimals } from '../money/percentage.ts';
import type { DurationUnit, Metadata, StatedDiscount } from '../promotion/promotion.ts';
import type { ProviderCapabilities } from './capabilities.ts';
import { ruleOnly, type UnsupportedField, unsupportedField } from './unsupported.ts';

/* Why a provider does not support a value of an input field, in words for the caller. */

/** The fields that the gateway can enforce, in the order in which they are reported. */
export const RULE_FIELDS = [
  'maxRedemptions',
  'startsAt',
  'expiresAt',
  'customerId',
  'planId',
  'firstTransactionOnly',
  'minimumOrder',
] as const;
export type RuleField = (typeof RULE_FIELDS)[number];

/** The provider keeps the terms on its promo codes. */
export const NO_COUPONS = unsupportedField(
  'couponId',
  'NO_FIELD',
  "is not possible: the provider's promo codes have terms of their own, so give `discount` instead",
);

/** @param isField the provider has the field, but cannot express the value */
export function ruleFault(field: RuleField, isField: boolean, capabilities: ProviderCapabilities): UnsupportedField {
  if (!isField) return ruleOnly(field, 'NO_FIELD', 'is not supported by the provider: leave it out');
  if (field === 'maxRedemptions') return ruleOnly(field, 'TOO_LARGE', `must be at most ${capabilities.maxRedemptions}`);
  if (field === 'expiresAt') return ruleOnly(field, 'WRONG_TIME', capabilities.expiryRule ?? NOT_EXPRESSED);
  return ruleOnly(field, 'WRONG_AMOUNT', capabilities.amountRule ?? NOT_EXPRESSED);
}

const NOT_EXPRESSED = 'must be a value that the provider can express';

export function nameFaults(name: string, { couponNameLength: most }: ProviderCapabilities): UnsupportedField[] {
  return name.length > most ? [unsupportedField('name', 'TOO_LONG', `must have at most ${most} characters`)] : [];
}

export function codeFaults(
  code: string,
  { code: { pattern, rule, maxLength } }: ProviderCapabilities,
): UnsupportedField[] {
  if (code.length > maxLength) {
    return [unsupportedField('code', 'TOO_LONG', `must have at most ${maxLength} characters`)];
  }
  return (pattern?.test(code) ?? true) ? [] : [unsupportedField('code', 'WRONG_TEXT', rule ?? NOT_EXPRESSED)];
}

/** @param hasOptions the provider takes amounts in other currencies */
export function discountFaults(
  discount: StatedDiscount,
  hasOptions: boolean,
  capabilities: ProviderCapabilities,
): UnsupportedField[] {
  const { percentageDecimals: most, minimumPercentage: least, amountRule = NOT_EXPRESSED } = capabilities;
  if (discount.kind === 'FIXED') {
    const { amount, currencyOptions } = discount;
    return [
      ...(isCarried(capabilities, amount) ? [] : [unsupportedField('discount.amount', 'WRONG_AMOUNT', amountRule)]),
      ...optionFaults('currencyOptions', currencyOptions, hasOptions, capabilities),
    ];
  }
  const field = 'discount.percentage';
  const { percentage } = discount;
  if (percentageDecimals(percentage) > most) {
    const rule = most === 0 ? 'must be a whole percentage' : `must have at most ${most} decimals`;
    return [unsupportedField(field, 'TOO_MANY_DECIMALS', rule)];
  }
  const isTooSmall = least !== undefined && new Big(percentage).lt(least);
  return isTooSmall ? [unsupportedField(field, 'TOO_SMALL', `must be at least ${least}`)] : [];
}

/**
 * The faults of an amount in other currencies.
 * @param isField whether the provider takes such amounts
 */
export function optionFaults(
  field: 'currencyOptions' | 'minimumOrderOptions',
  options: readonly Money[] | undefined,
  isField: boolean,
  capabilities: ProviderCapabilities,
): UnsupportedField[] {
  if (options === undefined || options.length === 0) return [];
  if (!isField) return [unsupportedField(field, 'NO_FIELD', 'is not supported by the provider: leave it out')];
  const isFine = options.every((option) => isCarried(capabilities, option));
  return isFine ? [] : [unsupportedField(field, 'WRONG_AMOUNT', capabilities.amountRule ?? NOT_EXPRESSED)];
}

/** @param discount absent: a coupon has the terms, so there is no duration either */
export function durationFaults(
  duration: { kind: string; unit?: DurationUnit | null } | undefined,
  discount: StatedDiscount | undefined,
  { durationUnit, refusesForeverAmounts }: ProviderCapabilities,
): UnsupportedField[] {
  if (refusesForeverAmounts && discount?.kind === 'FIXED' && duration?.kind === 'FOREVER') {
    return [unsupportedField('duration.kind', 'WRONG_DURATION', 'must be ONCE or REPEATING for a fixed amount')];
  }
  const isForeign = duration?.kind === 'REPEATING' && duration.unit && duration.unit !== durationUnit;
  return isForeign ? [unsupportedField('duration.unit', 'WRONG_UNIT', `must be ${durationUnit}, or absent`)] : [];
}

/** @param isStoredByProvider false: the gateway stores the metadata, with any keys */
export function metadataFaults(
  metadata: Metadata | undefined,
  isStoredByProvider: boolean,
  { carriesMetadata, metadataRule = NOT_EXPRESSED }: ProviderCapabilities,
): UnsupportedField[] {
  const isFine = metadata === undefined || !isStoredByProvider || (carriesMetadata?.(metadata) ?? true);
  return isFine ? [] : [unsupportedField('metadata', 'WRONG_TEXT', metadataRule)];
}

export function isCarried(capabilities: ProviderCapabilities, amount: Money): boolean {
  return capabilities.carriesAmount?.(amount) ?? true;
}
