import type { Quote } from '../../gateway/redemption/quote-promo-code.ts';
import { builder } from '../builder.ts';
import { PromoCodeRef } from '../promo-code/type.ts';
import { RefusalType } from '../shared/error-types.ts';
import { MoneyType } from '../shared/money-type.ts';
import { resultUnion } from '../shared/result-union.ts';

const QuoteType = builder.objectRef<Quote>('PromoCodeQuote').implement({
  description: 'What redeeming a code now would do. A quote changes nothing.',
  fields: (t) => ({
    eligible: t.boolean({
      description: 'Whether the code can be redeemed for this order now.',
      resolve: ({ refusal }) => refusal === null,
    }),
    refusal: t.expose('refusal', { type: RefusalType, nullable: true, description: 'Why not. Null: it can.' }),
    promoCode: t.expose('promoCode', {
      type: PromoCodeRef,
      nullable: true,
      description: 'The promo code. Null: there is none, or the caller may not know of it.',
    }),
    discountAmount: t.expose('discountAmount', {
      type: MoneyType,
      nullable: true,
      description:
        'The amount that would be taken off. If the order has redeemed the code: the discount that it got, at most the order amount. Null: the code is refused, or the discount is a percentage and the order amount is not given.',
    }),
    payableAmount: t.expose('payableAmount', {
      type: MoneyType,
      nullable: true,
      description:
        'The amount left to pay after this and every other discount that the order holds or has redeemed, never below 0. Null: the code is refused, or the order amount is not given.',
    }),
    asOf: t.expose('asOf', {
      type: 'DateTime',
      description: 'When the provider last confirmed the data of the quote.',
    }),
  }),
});

export const QuoteResult = resultUnion('QuotePromoCodeResult', {
  description: 'A quote, or what is wrong with the input.',
  payload: QuoteType,
  errors: ['INVALID_INPUT'],
});
