import Big from 'big.js';

/** The texts that Flexprice's decimal type accepts. */
export const DECIMAL_TEXT = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i;

/** A decimal as Flexprice writes it, without trailing zeros: "10.50" is "10.5". */
export function decimalText(decimal: string): string {
  return parsed(decimal).toFixed();
}

/** A decimal as a column stores it: rounded half away from zero. Undefined if it has too many digits for the column. */
export function columnDecimal(decimal: string, { precision, scale }: { precision: number; scale: number }) {
  const rounded = parsed(decimal).round(scale, Big.roundHalfUp);
  return rounded.abs().gte(new Big(10).pow(precision - scale)) ? undefined : rounded.toFixed();
}

export function compareDecimals(a: string, b: string | number): number {
  return parsed(a).cmp(b);
}

function parsed(decimal: string): Big {
  return new Big(decimal.replace(/^\+/, ''));
}
