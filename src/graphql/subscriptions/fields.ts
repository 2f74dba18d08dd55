import { readRedemptions } from '../../gateway/reading/read-redemption.ts';
import { readStoredPromoCode } from '../../gateway/reading/read-stored-promotions.ts';
import { builder } from '../builder.ts';
import { GATEWAY_ID } from '../input-limits/limits.ts';
import { PromoCodeRef } from '../promo-code/type.ts';
import { RedemptionRef } from '../redemption/type.ts';
import { ChangeSource } from './change-source.ts';

const DELIVERY =
  'Several changes of one object may become one event, which shows its latest state. Events arrive within a tenth of a second, later while the gateway is busy. Changes made while a client is not subscribed are not sent later. If a client does not read its events, or changes come faster than the gateway can deliver them, the stream ends with an error with the code `EVENTS_LOST`: subscribe again and read what you need.';

builder.subscriptionFields((t) => ({
  redemptionChanged: t.field({
    type: RedemptionRef,
    description: `Each redemption that is created, confirmed or cancelled, or that expires, as it is now. ${DELIVERY}`,
    args: {
      promotionId: t.arg.id({
        ...GATEWAY_ID,
        description: 'Only redemptions of this promo code, or of this coupon and its promo codes. Default: all.',
      }),
    },
    subscribe: (_, { promotionId }, { gateway }) =>
      new ChangeSource(
        (onNews) => gateway.changeFeed.redemptions(promotionId ?? null, onNews),
        (change) => {
          const isInScope = gateway.accounts.keyOf(change.promotionId) !== null;
          return isInScope ? (readRedemptions(gateway, [change.id])[0] ?? null) : null;
        },
      ),
    resolve: (redemption) => redemption,
  }),
  promoCodeChanged: t.field({
    type: PromoCodeRef,
    description: `The promo code as it is now, whenever it or its number of remaining uses changes. ${DELIVERY}`,
    args: { id: t.arg.id({ ...GATEWAY_ID, required: true, description: 'The promo code.' }) },
    subscribe: (_, { id }, { gateway }) =>
      new ChangeSource(
        (onNews) => gateway.changeFeed.promoCode(id, readStoredPromoCode(gateway, id)?.couponId ?? null, onNews),
        () => {
          const promoCode = readStoredPromoCode(gateway, id);
          // The gateway may first read the code after the subscription has begun.
          if (promoCode?.couponId) gateway.changeFeed.noteCoupon(id, promoCode.couponId);
          return promoCode;
        },
      ),
    resolve: (promoCode) => promoCode,
  }),
}));
