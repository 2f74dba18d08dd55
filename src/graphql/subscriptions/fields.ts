import type { Gateway } from '../../actions/gateway.ts';
import { readRedemptions } from '../../actions/read-redemption.ts';
import { builder } from '../builder.ts';
import { GATEWAY_ID } from '../input-limits/limits.ts';
import { PromoCodeRef } from '../promo-code.ts';
import { RedemptionRef } from '../redemption.ts';
import { ChangeSource } from './change-source.ts';

const DELIVERY =
  'Several changes of one thing may become one event, which shows it as it is then. Events come in a tenth of a second, later while the gateway is busy. What changes while a client is not subscribed is not sent later. A client that does not read its events, or for which more changes than the gateway can deliver, gets an error with the code `EVENTS_LOST`, and the stream ends: subscribe again and read what you need.';

builder.subscriptionFields((t) => ({
  redemptionChanged: t.field({
    type: RedemptionRef,
    description: `Every redemption that is made, confirmed, given back or runs out, as it is now. ${DELIVERY}`,
    args: {
      promotionId: t.arg.id({
        ...GATEWAY_ID,
        description: 'Of this promo code, or of this coupon and its codes. Absent: all.',
      }),
    },
    subscribe: (_, { promotionId }, { gateway }) =>
      new ChangeSource(
        (onNews) => gateway.live.redemptions(promotionId ?? null, onNews),
        (change) => {
          const isInScope = gateway.accounts.keyOf(change.promotionId) !== null;
          return isInScope ? (readRedemptions(gateway, [change.id])[0] ?? null) : null;
        },
      ),
    resolve: (redemption) => redemption,
  }),
  promoCodeChanged: t.field({
    type: PromoCodeRef,
    description: `A promo code whenever it, or what is left of it, changes, as it is now. ${DELIVERY}`,
    args: { id: t.arg.id({ ...GATEWAY_ID, required: true, description: 'The promo code.' }) },
    subscribe: (_, { id }, { gateway }) =>
      new ChangeSource(
        (onNews) => gateway.live.promoCode(id, promoCodeOf(gateway, id)?.couponId ?? null, onNews),
        () => {
          const promoCode = promoCodeOf(gateway, id);
          // A code that is first seen after the subscription began.
          if (promoCode?.couponId) gateway.live.noteCoupon(id, promoCode.couponId);
          return promoCode;
        },
      ),
    resolve: (promoCode) => promoCode,
  }),
}));

function promoCodeOf({ store, accounts, clock }: Gateway, id: string) {
  return accounts.keyOf(id) && store.promotions.getPromoCode(id, clock());
}
