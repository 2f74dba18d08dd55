import { filter, map, pipe } from '@graphql-yoga/subscription';
import { builder } from './builder.ts';
import { PromoCodeRef } from './promo-code.ts';
import { RedemptionRef } from './redemption.ts';

builder.subscriptionFields((t) => ({
  redemptionChanged: t.field({
    type: RedemptionRef,
    description: 'Every redemption that is made, confirmed or given back through this gateway.',
    args: {
      promotionId: t.arg.id({ description: 'Of this promo code, or of this coupon and its codes. Absent: all.' }),
    },
    subscribe: (_, { promotionId }, { gateway }) =>
      pipe(
        gateway.changes.subscribe('redemptionChanged'),
        filter((redemption) => {
          if (!promotionId || redemption.promotionId === promotionId) return true;
          const promoCode = gateway.store.promotions.getPromoCode(redemption.promotionId, gateway.clock());
          return promoCode?.couponId === promotionId;
        }),
      ),
    resolve: (redemption) => redemption,
  }),
  promoCodeChanged: t.field({
    type: PromoCodeRef,
    description: 'A promo code whenever it, or what is left of it, changes through this gateway.',
    args: { id: t.arg.id({ required: true, description: 'The promo code.' }) },
    subscribe: (_, { id }, { gateway }) =>
      pipe(
        gateway.changes.subscribe('promotionChanged'),
        filter((promotionId) => promotionId === id),
        map((promotionId) => gateway.store.promotions.getPromoCode(promotionId, gateway.clock())),
        filter((promoCode) => promoCode !== null),
      ),
    resolve: (promoCode) => {
      if (!promoCode) throw new Error('A change of no promo code was told');
      return promoCode;
    },
  }),
}));
