import type { Order } from '../../domain/redemption/redemption.ts';
import { builder } from '../builder.ts';
import { plain } from '../shared/input-fields.ts';
import { MoneyInput } from '../shared/money-type.ts';
import { eligiblePartFaults, eligiblePartOf, hasSameCurrency, hasWhole, isAtMost } from './eligible-amount.ts';

const FAULTS = eligiblePartFaults('amount');

export const OrderInput = builder.inputType('RedemptionOrderInput', {
  description: 'The order that a promotion is used for, as the shop describes it.',
  fields: (t) => ({
    id: t.id(
      plain(
        [
          "The shop's id of the order. One order uses one promotion once: a repeat gets what the order already has.",
          "A guest's use passes to the first customer that is named for the same order; a customer's use never passes on.",
          'All discounts of one order together never exceed its amount, and have the same currency.',
          'Anyone who knows the order id controls what the order holds: set it on your server, and never let a shopper choose it.',
        ].join(' '),
      ),
    ),
    amount: t.field({ type: MoneyInput, description: 'The order amount before the discount. May be 0.' }),
    eligibleAmount: t.field({
      type: MoneyInput,
      description: eligiblePartOf('amount'),
    }),
    planId: t.id(plain('The plan that the customer buys.')),
    firstTransaction: t.boolean({
      description:
        "Whether this is the customer's first purchase. Default: false. Ignored for a customer that has redeemed for another order at the same provider account.",
    }),
  }),
  validate: [
    [({ amount, eligibleAmount }) => hasWhole(eligibleAmount, amount), FAULTS.noWhole],
    [({ amount, eligibleAmount }) => hasSameCurrency(eligibleAmount, amount), FAULTS.otherCurrency],
    [({ amount, eligibleAmount }) => isAtMost(eligibleAmount, amount), FAULTS.above],
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
