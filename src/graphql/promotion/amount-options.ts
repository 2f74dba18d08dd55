import { sortedByCurrency } from '../../domain/money/discount.ts';
import type { Money } from '../../domain/money/money.ts';
import type { StatedDiscount } from '../../domain/promotion/promotion.ts';
import { faultAt } from '../shared/input-checks.ts';
import { MoneyInput } from '../shared/money-type.ts';

/* Amounts in several currencies: one is the main amount, the others are its options. */

type Fault = ReturnType<typeof faultAt>;
type Check<Input> = [(input: Input) => boolean, Fault];
type Given<Value> = Value | null | undefined;

/** The options of an input field with amounts in other currencies. @param what the amount, in words */
export function optionsField(what: string, main: string) {
  const type: [typeof MoneyInput] = [MoneyInput];
  return {
    type,
    description: `${what} for orders in other currencies: each currency once, each amount above 0. Only with \`${main}\`. Default: none.`,
  };
}

/**
 * The checks of such a field.
 * @param field the name of the field
 * @param main the name of the main amount
 */
export function optionChecks<Input>(
  field: string,
  main: string,
  amountsOf: (input: Input) => { amount: Given<Money>; options: Given<readonly Money[]> },
): Check<Input>[] {
  const at = (code: Parameters<typeof faultAt>[1], message: string) => faultAt([field], code, message);
  const passes = (isFine: (options: readonly Money[], amount: Given<Money>) => boolean) => (input: Input) => {
    const { amount, options } = amountsOf(input);
    return !options || options.length === 0 || isFine(options, amount);
  };
  return [
    [passes((_, amount) => Boolean(amount)), at('CONTRADICTION', `needs \`${main}\``)],
    [passes((options) => options.every(({ minorUnits }) => minorUnits !== 0)), at('OUT_OF_RANGE', 'must be above 0')],
    [
      passes((options, amount) => isEachOnce([...options, ...(amount ? [amount] : [])])),
      at('CONTRADICTION', `must have each currency once, and not that of \`${main}\``),
    ],
  ];
}

function isEachOnce(amounts: readonly Money[]): boolean {
  return new Set(amounts.map(({ currency }) => currency)).size === amounts.length;
}

/** The amounts in other currencies, as the gateway keeps them; undefined: none. */
export function toOptions(options: readonly Money[]): Money[] | undefined {
  return options.length === 0 ? undefined : sortedByCurrency(options);
}

/** A discount with its amounts in other currencies. */
export function withOptions(discount: StatedDiscount, currencyOptions: Money[] | undefined): StatedDiscount {
  return discount.kind === 'FIXED' && currencyOptions ? { ...discount, currencyOptions } : discount;
}

/** The checks of the amounts in other currencies of a discount. */
export const DISCOUNT_OPTIONS = optionChecks(
  'currencyOptions',
  'discount.amount',
  ({
    discount,
    currencyOptions,
  }: {
    discount?: Given<{ amount?: Given<Money> }>;
    currencyOptions?: Given<Money[]>;
  }) => ({
    amount: discount?.amount,
    options: currencyOptions,
  }),
);
