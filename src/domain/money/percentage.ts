import Big from 'big.js';

const DECIMAL = /^\d{1,3}(\.\d+)?$/;

/**
 * What is wrong with a percentage, or undefined. It is an exact decimal above 0 and up to 100 with at most four
 * decimals, the most that any provider keeps.
 */
export function percentageFault(percentage: string): string | undefined {
  if (!DECIMAL.test(percentage)) return 'must be a decimal such as "12.5"';
  if (percentageDecimals(percentage) > 4) return 'must have at most four decimals';
  const value = new Big(percentage);
  return value.gt(0) && value.lte(100) ? undefined : 'must be above 0 and at most 100';
}

/** The shortest way to write a percentage: "12.50" is "12.5". */
export function canonicalPercentage(percentage: string | number): string {
  return new Big(percentage).toFixed();
}

/** How many decimals a percentage really has: 0 for "12.0", 1 for "12.50". */
export function percentageDecimals(percentage: string): number {
  return canonicalPercentage(percentage).split('.')[1]?.length ?? 0;
}
