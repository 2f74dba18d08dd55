import { z } from 'zod';
import { isCurrency } from '../../domain/money/currency.ts';
import { type Money, majorUnits } from '../../domain/money/money.ts';
import type { InputFault } from '../../domain/redemption/input-issue.ts';
import { builder } from '../builder.ts';
import { SHAREABLE } from '../federation/directives.ts';
import { reported } from './input-checks.ts';

export const MoneyType = builder.objectRef<Money>('PromotionMoney').implement({
  directives: SHAREABLE,
  description: 'An amount of money.',
  fields: (t) => ({
    minorUnits: t.expose('minorUnits', {
      type: 'SafeInt',
      description: 'The amount in the minor unit of the currency (kobo, cents), as ISO 4217 defines it.',
    }),
    currency: t.expose('currency', {
      type: 'CurrencyCode',
      description: 'The currency. "XXX" if the provider states none.',
    }),
    amount: t.field({
      type: 'Decimal',
      description: 'The amount in major units, with the decimals of the currency: "5000.00" for naira.',
      resolve: majorUnits,
    }),
  }),
});

const NOT_WHOLE: InputFault = { code: 'OUT_OF_RANGE', message: 'must be a whole number from 0 to 2^53 - 1' };
const NO_CURRENCY_CODE: InputFault = { code: 'UNKNOWN', message: 'must be an ISO 4217 currency in upper case' };

export const MoneyInput = builder.inputType('PromotionMoneyInput', {
  description: 'An amount of money.',
  fields: (t) => ({
    minorUnits: t.field({
      type: 'SafeInt',
      required: true,
      description: 'The amount in the minor unit of the currency (kobo, cents). Not negative.',
      validate: {
        schema: z.number().refine((value) => Number.isSafeInteger(value) && value >= 0, reported(NOT_WHOLE)),
      },
    }),
    currency: t.field({
      type: 'CurrencyCode',
      required: true,
      description: 'The currency, in upper case.',
      validate: { schema: z.string().refine(isCurrency, reported(NO_CURRENCY_CODE)) },
    }),
  }),
});
