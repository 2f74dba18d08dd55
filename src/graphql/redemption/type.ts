import type { Redemption } from '../../domain/redemption/redemption.ts';
import { builder } from '../builder.ts';
import { ENTITY, PERSONAL } from '../federation/directives.ts';
import { Node } from '../node/type.ts';
import { Redeemable } from '../promotion/type.ts';
import { MoneyType } from '../shared/money-type.ts';

export const RedemptionStatusEnum = builder.enumType('RedemptionStatus', {
  description: 'The state of a redemption.',
  values: {
    HELD: { description: 'On hold until `heldUntil`: the use is reserved.' },
    REDEEMED: { description: 'Redeemed.' },
    CANCELLED: { description: 'Cancelled. The use is free again, unless the provider has counted it.' },
    EXPIRED: { description: 'The hold has expired: the use is free again.' },
  } as const,
});

export const RedemptionRef = builder.objectRef<Redemption>('Redemption');
RedemptionRef.implement({
  description: "One use of a promo code or coupon, in the gateway's ledger: a hold or a redemption.",
  directives: { ...ENTITY, tag: PERSONAL },
  interfaces: [Node],
  fields: (t) => ({
    status: t.expose('status', { type: RedemptionStatusEnum, description: 'Its state.' }),
    promotion: t.field({
      type: Redeemable,
      description: 'The promo code or coupon.',
      resolve: async ({ promotionId }, _, { load }) => {
        const promotion = await load.promotion('STORED').load(promotionId);
        if (!promotion) throw new Error(`The promotion ${promotionId} of a redemption is not in the store`);
        return promotion;
      },
    }),
    caller: t.exposeString('caller', { description: 'The caller that made it: whose key or token was used.' }),
    customerId: t.exposeID('customerId', {
      nullable: true,
      description: "The provider's id of the customer. Null: a guest, until the order names a customer.",
    }),
    orderId: t.exposeID('orderId', { nullable: true, description: "The shop's id of the order." }),
    orderAmount: t.expose('orderAmount', {
      type: MoneyType,
      nullable: true,
      description: 'The order amount before the discount.',
    }),
    discountAmount: t.expose('discountAmount', {
      type: MoneyType,
      nullable: true,
      description: 'The amount taken off. Null: the discount is a percentage and the order amount was not given.',
    }),
    subscriptionId: t.exposeID('subscriptionId', {
      nullable: true,
      description: "The provider's subscription that it was applied to.",
    }),
    countedByProvider: t.exposeBoolean('countedByProvider', {
      description: "Whether the provider's own count includes this use.",
    }),
    cancelReason: t.exposeString('cancelReason', { nullable: true, description: 'Why it was cancelled.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was first held or redeemed.' }),
    heldUntil: t.expose('heldUntil', {
      type: 'DateTime',
      nullable: true,
      description: 'When the hold expires or has expired. Null once redeemed.',
    }),
    redeemedAt: t.expose('redeemedAt', { type: 'DateTime', nullable: true, description: 'When it was redeemed.' }),
    cancelledAt: t.expose('cancelledAt', { type: 'DateTime', nullable: true, description: 'When it was cancelled.' }),
  }),
});
