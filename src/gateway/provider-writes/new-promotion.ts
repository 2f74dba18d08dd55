import type { Provider, ProviderCoupon, ProviderPromoCode } from '../../domain/provider/provider.ts';
import type { AnswerMoment } from '../../store/promotions/answer-moment.ts';
import type { WriteRequestOf } from '../../store/writes/write-request.ts';
import { accountOf } from '../core/accounts.ts';
import type { Gateway } from '../core/gateway.ts';
import type { Answered } from './provider-write.ts';

/** A promotion that was created just now has no uses, even if the provider's answer leaves the count out. */
export function asNew<Facts extends ProviderCoupon | ProviderPromoCode>(facts: Facts, { as }: AnswerMoment): Facts {
  const { redeemedCount = as === 'PROOF' ? undefined : 0 } = facts;
  return { ...facts, redeemedCount };
}

/**
 * The answer to the creation of a promotion. The gateway keeps the rules, and the metadata if the answer has none.
 * @param complete adds what the answer leaves out and the request says
 */
export function answeredCreation<Facts extends ProviderCoupon | ProviderPromoCode>(
  { store: { promotions } }: Gateway,
  provider: Provider,
  { rules, metadata }: Pick<WriteRequestOf<'createCoupon' | 'createPromoCode'>, 'rules' | 'metadata'>,
  facts: Facts,
  complete: (facts: Facts) => Facts,
): Answered {
  const isKeptHere = facts.metadata === undefined;
  return {
    record: async (moment, db) => {
      const made = complete(isKeptHere ? { ...facts, metadata } : facts);
      const id = await promotions.save(accountOf(provider), asNew(made, moment), moment, db);
      await promotions.setRules(id, rules, moment.sentAt, db);
      if (isKeptHere) await promotions.setMetadata(id, metadata, moment.sentAt, db);
      return id;
    },
  };
}
