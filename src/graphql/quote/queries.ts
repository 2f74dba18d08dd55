import { quotePromoCode } from '../../gateway/redemption/quote-promo-code.ts';
import { builder } from '../builder.ts';
import { READ_COST } from '../federation/directives.ts';
import { customerFor } from '../redemption/customer-for.ts';
import { toOrder } from '../redemption/order.ts';
import { compact } from '../shared/input-values.ts';
import { QuoteInput } from './inputs.ts';
import { QuoteResult } from './type.ts';

builder.queryField('quotePromoCode', (t) =>
  t.field({
    directives: { cost: READ_COST },
    type: QuoteResult,
    nullable: true,
    description: 'What redeeming a code for an order would do now.',
    args: { input: t.arg({ type: QuoteInput, required: true, description: 'The code and the order.' }) },
    resolve: async (_, { input }, context) => {
      context.caching.forbid();
      const { order, ...code } = compact(input);
      const customerId = customerFor(context, input.customerId);
      return quotePromoCode(context.gateway, context.redeemer, { ...code, customerId, order: toOrder(order) });
    },
  }),
);
