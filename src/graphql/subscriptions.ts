import { filter, map, pipe } from '@graphql-yoga/subscription';
import { readRedemptions } from '../actions/read-redemption.ts';
import type { Change } from '../store/changes.ts';
import { builder } from './builder.ts';
import type { RequestContext } from './context.ts';
import { PromoCodeRef } from './promo-code.ts';
import { RedemptionRef } from './redemption.ts';

builder.subscriptionFields((t) => ({
  redemptionChanged: t.field({
    type: RedemptionRef,
    description: 'Every redemption that is made, confirmed, given back or runs out, as it is now.',
    args: {
      promotionId: t.arg.id({ description: 'Of this promo code, or of this coupon and its codes. Absent: all.' }),
    },
    subscribe: (_, { promotionId }, context) =>
      pipe(
        changes(context),
        map(({ promotionId: id, redemption }) => {
          const isMeant = !promotionId || promotionId === id || promotionId === redemption?.couponId;
          return redemption && isMeant ? (readRedemptions(context.gateway, [redemption.id])[0] ?? null) : null;
        }),
        filter((redemption) => redemption !== null),
      ),
    resolve: (redemption) => given(redemption),
  }),
  promoCodeChanged: t.field({
    type: PromoCodeRef,
    description: 'A promo code whenever it, or what is left of it, changes, as it is now.',
    args: { id: t.arg.id({ required: true, description: 'The promo code.' }) },
    subscribe: (_, { id }, context) => {
      const { store, accounts, clock } = context.gateway;
      return pipe(
        changes(context),
        filter(({ redemption }) => redemption === null),
        map(({ promotionId }) => {
          const promoCode = accounts.keyOf(id) && store.promotions.getPromoCode(id, clock());
          // What is left of a code is what is left of its coupon, too.
          return promotionId === id || promotionId === promoCode?.couponId ? promoCode : null;
        }),
        filter((promoCode) => promoCode !== null),
      );
    },
    resolve: (promoCode) => given(promoCode),
  }),
}));

/** What changes from now on, for as long as the caller's token is good. What was loaded for the last event is older than the next. */
function changes({ gateway, load, rows, until }: RequestContext): AsyncIterable<Change> {
  const isOver = () => until !== null && gateway.clock() >= until;
  return pipe(
    gateway.live.listen(isOver),
    map((change) => {
      for (const loader of Object.values(load)) loader.clearAll();
      rows.refill();
      return change;
    }),
  );
}

function given<Value>(value: Value | null): Value {
  if (value === null) throw new Error('A change of nothing was told');
  return value;
}
