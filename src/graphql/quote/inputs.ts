import { builder } from '../builder.ts';
import { CODE } from '../input-limits/limits.ts';
import { ProviderEnum } from '../provider/type.ts';
import { OrderInput } from '../redemption/order.ts';
import { plainText } from '../shared/inputs.ts';

export const QuoteInput = builder.inputType('QuotePromoCodeInput', {
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
