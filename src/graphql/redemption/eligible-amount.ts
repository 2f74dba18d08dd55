import type { Money } from '../../domain/money/money.ts';
import { faultAt } from '../shared/input-checks.ts';

/* The field `eligibleAmount` of an input, which is a part of the order amount beside it. */

type Given = Money | null | undefined;

/**
 * The description of `eligibleAmount`.
 * @param whole the name of the field with the order amount
 */
export function eligiblePartOf(whole: string): string {
  return `The part of \`${whole}\` for the products that the promotion applies to (its \`productIds\`). The discount is calculated on it. Needed if the promotion has \`productIds\`, otherwise ignored.`;
}

export function hasWhole(part: Given, whole: Given): boolean {
  return !part || !!whole;
}

export function hasSameCurrency(part: Given, whole: Given): boolean {
  return !part || !whole || part.currency === whole.currency;
}

export function isAtMost(part: Given, whole: Given): boolean {
  return !part || !whole || part.minorUnits <= whole.minorUnits;
}

/** What the gateway reports if a check fails. */
export function eligiblePartFaults(whole: string) {
  return {
    noWhole: faultAt(['eligibleAmount'], 'CONTRADICTION', `is a part of \`${whole}\`, which is missing`),
    otherCurrency: faultAt(['eligibleAmount', 'currency'], 'CONTRADICTION', `must be the currency of \`${whole}\``),
    above: faultAt(['eligibleAmount', 'minorUnits'], 'CONTRADICTION', `must not be above \`${whole}\``),
  };
}
