import type { ProviderCoupon, ProviderPromoCode } from '../../domain/provider/provider.ts';
import type { AnswerMoment, Sending } from '../../store/promotions/answer-moment.ts';

/** A promotion as its provider describes it. */
export type Facts = ProviderPromoCode | ProviderCoupon;

/** The answer to one call of a walk. */
export interface WalkedPage {
  facts: Facts[];
  moment: AnswerMoment;
}

/** What a walk through the pages of a provider's list has found. */
export interface Walked {
  pages: WalkedPage[];
  /** True if nothing was left out: a promotion that is missing does not exist any more. */
  isComplete: boolean;
  /** True if the walk ended before the end of the list, because it had found everything wanted. */
  isCutShort: boolean;
}

/** The answers of a provider to the read of a promotion. */
export interface Reading extends Walked {
  facts: Facts[];
  /** The ids of the promotions that were saved. */
  ids: ReadonlySet<string>;
  /** When the first call was sent. */
  sentFirst(): Promise<Sending>;
}

/** Everything that a walk has found, in the order of its pages. */
export function factsOf({ pages }: Walked): Facts[] {
  return pages.flatMap(({ facts }) => facts);
}
