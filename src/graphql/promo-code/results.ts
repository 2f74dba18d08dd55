import type { PromoCodeChanged } from '../../gateway/promotions/create-promo-code.ts';
import { builder } from '../builder.ts';
import { CHANGE_ERRORS, REPLAYED, resultUnion } from '../shared/result-union.ts';
import { PromoCodeRef } from './type.ts';

function payload(name: string, description: string) {
  return builder.objectRef<PromoCodeChanged>(name).implement({
    description,
    fields: (t) => ({
      promoCode: t.expose('promoCode', { type: PromoCodeRef, description: 'The promo code as it is now.' }),
      replayed: t.exposeBoolean('replayed', { description: REPLAYED }),
    }),
  });
}

export const CreatePromoCodeResult = resultUnion('CreatePromoCodeResult', {
  description: 'The promo code, or why there is none.',
  payload: payload('CreatePromoCodePayload', 'The new promo code.'),
  errors: CHANGE_ERRORS,
});

export const UpdatePromoCodeResult = resultUnion('UpdatePromoCodeResult', {
  description: 'The promo code, or why it was not changed.',
  payload: payload('UpdatePromoCodePayload', 'The changed promo code.'),
  errors: CHANGE_ERRORS,
});
