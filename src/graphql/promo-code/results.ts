import type { PromoCodeChanged } from '../../gateway/promotions/create-promo-code.ts';
import { findLiveElsewhere } from '../../gateway/reading/find-promo-code.ts';
import { builder } from '../builder.ts';
import { CANDIDATES_SIZE, READ_COST } from '../federation/directives.ts';
import { CHANGE_ERRORS, REPLAYED, resultUnion } from '../shared/result-union.ts';
import { PromoCodeRef } from './type.ts';

function payload(name: string, description: string) {
  const ref = builder.objectRef<PromoCodeChanged>(name);
  ref.implement({
    description,
    fields: (t) => ({
      promoCode: t.expose('promoCode', { type: PromoCodeRef, description: 'The promo code as it is now.' }),
      replayed: t.exposeBoolean('replayed', { description: REPLAYED }),
    }),
  });
  return ref;
}

const CreatePromoCodePayload = payload('CreatePromoCodePayload', 'The new promo code.');

builder.objectField(CreatePromoCodePayload, 'alsoLiveAt', (t) =>
  t.field({
    type: [PromoCodeRef],
    directives: { cost: READ_COST, listSize: CANDIDATES_SIZE },
    description:
      'The live promo codes with the same text at other providers or accounts that the caller may see, at most 10. Where two of them can be redeemed, a customer who types the text gets AMBIGUOUS_CODE. The gateway asks the providers that can look codes up, and leaves out one that does not answer. Empty for callers without the scope `read`.',
    resolve: ({ promoCode }, _, { gateway, scopes }) =>
      scopes.has('read') ? findLiveElsewhere(gateway, promoCode) : [],
  }),
);

export const CreatePromoCodeResult = resultUnion('CreatePromoCodeResult', {
  description: 'The promo code, or why there is none.',
  payload: CreatePromoCodePayload,
  errors: CHANGE_ERRORS,
});

export const UpdatePromoCodeResult = resultUnion('UpdatePromoCodeResult', {
  description: 'The promo code, or why it was not changed.',
  payload: payload('UpdatePromoCodePayload', 'The changed promo code.'),
  errors: CHANGE_ERRORS,
});
