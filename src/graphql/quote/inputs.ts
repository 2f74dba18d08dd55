import { builder } from '../builder.ts';
import { CODE } from '../input-limits/limits.ts';
import { codeUseFields } from '../redemption/inputs.ts';

export const QuoteInput = builder.inputType('QuotePromoCodeInput', {
  description: 'A code and the order to quote it for.',
  fields: (t) => ({
    ...codeUseFields(t),
    // Not checked as in a redemption: a text that cannot be a code is quoted as NOT_FOUND.
    code: t.string({ ...CODE, required: true, description: 'What the customer typed.' }),
  }),
});
