import type { Quote } from '../../gateway/redemption/quote-promo-code.ts';
import { builder } from '../builder.ts';
import { PromoCodeRef } from '../promo-code/type.ts';
import { RefusalType } from '../shared/errors.ts';
import { InputError } from '../shared/input-error.ts';
import { MoneyType } from '../shared/money-type.ts';

export const QuoteType = builder.objectRef<Quote>('PromoCodeQuote').implement({
  description: 'What redeeming a code now would do. Nothing is written.',
  fields: (t) => ({
    eligible: t.boolean({
      description: 'Whether it can be redeemed for this order now.',
      resolve: ({ refusal }) => refusal === null,
    }),
    refusal: t.expose('refusal', { type: RefusalType, nullable: true, description: 'Why not. Null when it can.' }),
    promoCode: t.expose('promoCode', {
      type: PromoCodeRef,
      nullable: true,
      description: 'The promo code that is meant. Null where there is none.',
    }),
    discountAmount: t.expose('discountAmount', {
      type: MoneyType,
      nullable: true,
      description:
        'What would be taken off. Null when refused, and for a percentage of an order whose amount is not given. For an order that has redeemed the code: what it was granted, at most its amount.',
    }),
    payableAmount: t.expose('payableAmount', {
      type: MoneyType,
      nullable: true,
      description:
        'What would be left to pay after this and every other discount that the order holds or has redeemed, never below 0. Null when refused, and where no order amount is given.',
    }),
    asOf: t.expose('asOf', {
      type: 'DateTime',
      description: 'When the provider last confirmed what the quote rests on.',
    }),
  }),
});

export const QuoteResult = builder.errorUnion('QuotePromoCodeResult', {
  description: 'A quote, or what is wrong with the input.',
  types: [QuoteType, InputError],
  resolveType: () => QuoteType,
});
