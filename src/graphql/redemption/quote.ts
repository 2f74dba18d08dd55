import { type Quote, quotePromoCode } from '../../gateway/redemption/quote-promo-code.ts';
import { builder } from '../builder.ts';
import { READ_COST } from '../federation/directives.ts';
import { CODE } from '../input-limits/limits.ts';
import { PromoCodeRef } from '../promo-code/type.ts';
import { ProviderEnum } from '../provider/type.ts';
import { RefusalType } from '../shared/errors.ts';
import { InputError } from '../shared/input-error.ts';
import { plainText } from '../shared/inputs.ts';
import { MoneyType } from '../shared/money-type.ts';
import { customerFor } from './customer-for.ts';
import { OrderInput, toOrder } from './order.ts';

const QuoteType = builder.objectRef<Quote>('PromoCodeQuote').implement({
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

const QuoteInput = builder.inputType('QuotePromoCodeInput', {
  description: 'A code and the order it would be used for.',
  fields: (t) => ({
    code: t.string({ ...CODE, required: true, description: 'What the customer typed.' }),
    provider: t.field({
      type: ProviderEnum,
      description: 'Absent: all. Needed only where a code can be redeemed at several.',
    }),
    account: t.id({ description: 'Absent: all accounts.' }),
    customerId: t.id({
      description:
        "The customer, by the provider's id. Absent: the customer that the token is bound to, or else a guest.",
      validate: { schema: plainText },
    }),
    order: t.field({ type: OrderInput, description: 'The order.' }),
  }),
});

const QuoteResult = builder.errorUnion('QuotePromoCodeResult', {
  description: 'A quote, or what is wrong with the input.',
  types: [QuoteType, InputError],
  resolveType: () => QuoteType,
});

builder.queryField('quotePromoCode', (t) =>
  t.field({
    directives: { cost: READ_COST },
    type: QuoteResult,
    nullable: true,
    description: 'What redeeming a code for an order would do now.',
    args: { input: t.arg({ type: QuoteInput, required: true, description: 'The code and the order.' }) },
    resolve: async (_, { input }, context) => {
      const { gateway, who, caching, outcomes } = context;
      caching.forbid();
      const quote = await quotePromoCode(gateway, who, {
        code: input.code,
        provider: input.provider ?? undefined,
        account: input.account ?? undefined,
        customerId: customerFor(context, input.customerId),
        order: toOrder(input.order),
      });
      outcomes.push(quote.refusal?.reason ?? 'ELIGIBLE');
      return quote;
    },
  }),
);
