import { refusal } from '../../domain/redemption/outcomes.ts';
import { hiddenReason } from '../../gateway/attempts/look-up-blindly.ts';
import { watchRefusal } from '../../gateway/attempts/watch-promo-code.ts';
import { readRedemptions } from '../../gateway/reading/read-redemption.ts';
import { readStoredPromoCode } from '../../gateway/reading/read-stored-promotions.ts';
import type { Redeemer } from '../../gateway/redemption/redeemer.ts';
import { builder } from '../builder.ts';
import { PERSONAL } from '../federation/directives.ts';
import { GATEWAY_ID } from '../input-limits/limits.ts';
import { PromoCodeRef } from '../promo-code/type.ts';
import { RedemptionRef } from '../redemption/type.ts';
import { refusalError } from '../shared/refusal-error.ts';
import { ChangeSource } from './change-source.ts';

const DELIVERY =
  'Several changes of one object may become one event, which shows its latest state. Events arrive within a tenth of a second, later while the gateway is busy. Changes made while a client is not subscribed are not sent later. If a client does not read its events, or changes come faster than the gateway can deliver them, the stream ends with an error with the code `EVENTS_LOST`: subscribe again and read what you need. When the gateway stops, the connection ends without `complete`: connect again.';

builder.subscriptionFields((t) => ({
  redemptionChanged: t.field({
    directives: { tag: PERSONAL },
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
        async (change) => {
          if (gateway.accounts.keyOf(change.promotionId) === null) return null;
          const [redemption = null] = await readRedemptions(gateway, [change.id]);
          return redemption;
        },
      ),
    resolve: (redemption) => redemption,
  }),
  promoCodeChanged: t.field({
    type: PromoCodeRef,
    description: `The promo code as it is now, whenever it or its number of remaining uses changes. An unknown id is an error with the code \`NOT_FOUND\`. A caller without the scope \`read\` can watch what it can quote: another id, or a code that it can no longer quote, is an error with the code \`NOT_REDEEMABLE\`, and a failed attempt. ${DELIVERY}`,
    args: { id: t.arg.id({ ...GATEWAY_ID, required: true, description: 'The promo code.' }) },
    subscribe: (_, { id }, { gateway, quotedCustomers: customers, scopes }) => {
      // The context of all subscribers with the same rights: `admit` gets the one who joins.
      const read = async () => {
        const promoCode = await readStoredPromoCode(gateway, id);
        if (promoCode?.couponId) gateway.changeFeed.noteCoupon(id, promoCode.couponId);
        if (promoCode && !scopes.has('read') && hiddenReason(promoCode, customers) !== null)
          throw refusalError(refusal('NOT_REDEEMABLE'));
        return promoCode;
      };
      const admit = async (redeemer: Redeemer) => {
        const refused = await watchRefusal(gateway, redeemer, id, customers);
        if (refused) throw refusalError(refused);
      };
      const open = async (onNews: () => void) => {
        const reader = await gateway.changeFeed.promoCode(id, null, onNews);
        try {
          // After the reader is open: a coupon that the code gets later is a change, and `read` notes it.
          await read();
          return reader;
        } catch (error) {
          reader.close();
          throw error;
        }
      };
      return new ChangeSource(open, read, admit);
    },
    resolve: (promoCode) => promoCode,
  }),
}));
