import type { Order } from '../../domain/redemption/redemption.ts';
import { builder } from '../builder.ts';
import { plainText } from '../shared/inputs.ts';
import { MoneyInput } from '../shared/money-type.ts';

export const OrderInput = builder.inputType('RedemptionOrderInput', {
  description: 'The order that a promotion is used for, as far as the shop tells it.',
  fields: (t) => ({
    id: t.id({
      description: [
        'The id that the shop gave it. One order uses one promotion once: a repeat takes over what it has.',
        "A guest's use passes, once, to the customer who is named for the same order; a customer's never passes on.",
        'All discounts of one order together never exceed its amount, and have one currency.',
        'The order id owns what the order holds: set it in your server, and never let a shopper choose it.',
      ].join(' '),
      validate: { schema: plainText },
    }),
    amount: t.field({ type: MoneyInput, description: 'What it comes to before the discount. 0 is fine.' }),
    eligibleAmount: t.field({
      type: MoneyInput,
      description:
        'The part of `amount` that the products of a promotion make up (its `productIds`): the discount is worked out on it. Needed for a promotion that is for some products only, without meaning for others.',
    }),
    planId: t.id({ description: 'The plan that is bought.', validate: { schema: plainText } }),
    firstTransaction: t.boolean({
      description:
        "Whether it is the customer's first purchase. Absent: no. Not believed of a customer who has redeemed for another order at the same provider account.",
    }),
  }),
  validate: [
    [
      ({ amount, eligibleAmount }) => !eligibleAmount || !!amount,
      { message: 'is a part of `amount`, which is not given', path: ['eligibleAmount'] },
    ],
    [
      ({ amount, eligibleAmount }) => !eligibleAmount || !amount || eligibleAmount.currency === amount.currency,
      { message: 'must be the currency of `amount`', path: ['eligibleAmount', 'currency'] },
    ],
    [
      ({ amount, eligibleAmount }) => !eligibleAmount || !amount || eligibleAmount.minorUnits <= amount.minorUnits,
      { message: 'must not be above `amount`', path: ['eligibleAmount', 'minorUnits'] },
    ],
  ],
});

export function toOrder(order: typeof OrderInput.$inferInput | null | undefined): Order {
  return {
    id: order?.id ?? null,
    amount: order?.amount ?? null,
    ...(order?.eligibleAmount && { eligibleAmount: order.eligibleAmount }),
    planId: order?.planId ?? null,
    firstTransaction: order?.firstTransaction ?? false,
  };
}
