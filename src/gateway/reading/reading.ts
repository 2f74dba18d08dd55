import type { ProviderCoupon, ProviderPromoCode } from '../../domain/provider/provider.ts';
import type { AnswerMoment, Sending } from '../../store/promotions/answer-moment.ts';

export type Facts = ProviderPromoCode | ProviderCoupon;

/** What one call of a walk has answered. */
export interface WalkedPage {
  facts: Facts[];
  moment: AnswerMoment;
}

/** What a walk through the pages of a provider's list has found. */
export interface Walked {
  pages: WalkedPage[];
  /** Nothing was left out: what is missing does not exist any more. */
  isComplete: boolean;
  /** The walk ended at the page that had everything wanted. */
  isCutShort: boolean;
}

/** Everything that a provider answered when it was asked for a promotion. */
export interface Reading extends Walked {
  facts: Facts[];
  /** The ids of the promotions that were saved. */
  ids: ReadonlySet<string>;
  /** When the first call was sent. */
  sentFirst(): Sending;
}

/** Everything that a walk has found, in the order of its pages. */
export function factsOf({ pages }: Walked): Facts[] {
  return pages.flatMap(({ facts }) => facts);
}
