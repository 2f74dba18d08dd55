import Big from 'big.js';
import type { InputFault } from '../redemption/input-issue.ts';

const DECIMAL = /^\d{1,3}(\.\d+)?$/;

/**
 * What is wrong with a percentage; undefined if it is valid. A valid percentage is an exact decimal above 0 and up to
 * 100 with at most four decimals, which is the maximum of any provider.
 */
export function percentageFault(percentage: string): InputFault | undefined {
  if (!DECIMAL.test(percentage)) return { code: 'MALFORMED', message: 'must be a decimal such as "12.5"' };
  if (percentageDecimals(percentage) > 4) return { code: 'OUT_OF_RANGE', message: 'must have at most four decimals' };
  const value = new Big(percentage);
  if (value.gt(0) && value.lte(100)) return undefined;
  return { code: 'OUT_OF_RANGE', message: 'must be above 0 and at most 100' };
}

/** The percentage without trailing zeros: "12.5" for "12.50". */
export function canonicalPercentage(percentage: string | number): string {
  return new Big(percentage).toFixed();
}

/** The number of decimals without trailing zeros: 0 for "12.0", 1 for "12.50". */
export function percentageDecimals(percentage: string): number {
  return canonicalPercentage(percentage).split('.')[1]?.length ?? 0;
}
