import Big from 'big.js';

const DECIMAL = /^\d{1,3}(\.\d+)?$/;

/**
 * What is wrong with a percentage; undefined if it is valid. A valid percentage is an exact decimal above 0 and up to
 * 100 with at most four decimals, which is the maximum of any provider.
 */
export function percentageFault(percentage: string): string | undefined {
  if (!DECIMAL.test(percentage)) return 'must be a decimal such as "12.5"';
  if (percentageDecimals(percentage) > 4) return 'must have at most four decimals';
  const value = new Big(percentage);
  return value.gt(0) && value.lte(100) ? undefined : 'must be above 0 and at most 100';
}

/** The percentage without trailing zeros: "12.5" for "12.50". */
export function canonicalPercentage(percentage: string | number): string {
  return new Big(percentage).toFixed();
}

/** The number of decimals without trailing zeros: 0 for "12.0", 1 for "12.50". */
export function percentageDecimals(percentage: string): number {
  return canonicalPercentage(percentage).split('.')[1]?.length ?? 0;
}
