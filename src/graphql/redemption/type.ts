import type { Redemption } from '../../domain/redemption/redemption.ts';
import { builder } from '../builder.ts';
import { ENTITY } from '../federation/directives.ts';
import { isShown } from '../shared/cache-facts.ts';
import { MoneyType } from '../shared/money-type.ts';
import { Node } from '../shared/node.ts';
import { Redeemable } from '../shared/promotion-interface.ts';

export const RedemptionStatusEnum = builder.enumType('RedemptionStatus', {
  description: 'What has become of a use.',
  values: {
    HELD: { description: 'Set aside until `heldUntil`.' },
    REDEEMED: { description: 'Redeemed.' },
    CANCELLED: { description: 'Given back. A use that the provider has counted stays counted.' },
    EXPIRED: { description: 'Held until it ran out; the use is free again.' },
  } as const,
});

export const RedemptionRef = builder.objectRef<Redemption>('Redemption');
RedemptionRef.implement({
  description: 'One use of a promo code or coupon, in the ledger of the gateway.',
  directives: ENTITY,
  interfaces: [Node],
  isTypeOf: (value, context) => isShown(value, 'Redemption', context),
  fields: (t) => ({
    status: t.expose('status', { type: RedemptionStatusEnum, description: 'What has become of it.' }),
    promotion: t.field({
      type: Redeemable,
      description: 'The promo code or coupon that is used.',
      resolve: async ({ promotionId }, _, { load }) => {
        const promotion = await load.heldPromotion.load(promotionId);
        if (!promotion) throw new Error(`The promotion ${promotionId} of a redemption is not in the store`);
        return promotion;
      },
    }),
    customerId: t.exposeID('customerId', {
      nullable: true,
      description: "The customer, by the provider's id. Null: a guest, until a customer is named for the order.",
    }),
    orderId: t.exposeID('orderId', { nullable: true, description: 'The order, by the id that the shop gave it.' }),
    orderAmount: t.expose('orderAmount', {
      type: MoneyType,
      nullable: true,
      description: 'What the order came to before the discount.',
    }),
    discountAmount: t.expose('discountAmount', {
      type: MoneyType,
      nullable: true,
      description: 'What is taken off. Null where no order amount was given and the discount is a percentage.',
    }),
    subscriptionId: t.exposeID('subscriptionId', {
      nullable: true,
      description: "The provider's subscription that it was applied to.",
    }),
    countedByProvider: t.exposeBoolean('countedByProvider', {
      description: "Whether the provider's own count holds this use.",
    }),
    cancelReason: t.exposeString('cancelReason', { nullable: true, description: 'Why it was given back.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was first held or redeemed.' }),
    heldUntil: t.expose('heldUntil', {
      type: 'DateTime',
      nullable: true,
      description: 'When the hold runs out, or ran out. Null once redeemed.',
    }),
    redeemedAt: t.expose('redeemedAt', { type: 'DateTime', nullable: true, description: 'When it was redeemed.' }),
    cancelledAt: t.expose('cancelledAt', { type: 'DateTime', nullable: true, description: 'When it was given back.' }),
  }),
});

export const RedemptionEdge = builder.edgeObject({
  type: RedemptionRef,
  name: 'RedemptionEdge',
  description: 'A row of a list of redemptions.',
});
export const RedemptionConnection = builder.connectionObject(
  { type: RedemptionRef, name: 'RedemptionConnection', description: 'A page of redemptions.' },
  RedemptionEdge,
);
