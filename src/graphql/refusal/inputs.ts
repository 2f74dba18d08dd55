import { builder } from '../builder.ts';
import { LONGEST_CALLER } from '../failed-attempt/inputs.ts';
import { CODE } from '../input-limits/limits.ts';
import { RefusalReasonEnum } from '../shared/error-types.ts';
import { instant } from '../shared/input-fields.ts';

export const RefusalFilter = builder.inputType('RefusalFilter', {
  description: 'The conditions of a list of refusals. All of them must hold.',
  fields: (t) => ({
    code: t.string({ ...CODE, description: 'Of this code, compared as look-ups compare codes.' }),
    customerId: t.id({ description: 'For this customer.' }),
    orderId: t.id({ description: 'For this order.' }),
    reason: t.field({ type: RefusalReasonEnum, description: 'For this reason, whatever the caller got.' }),
    caller: t.string({ maxLength: LONGEST_CALLER, description: 'By this caller.' }),
    after: t.field(instant('After this instant.')),
    before: t.field(instant('Before this instant.')),
  }),
});
