import type { AnswerMoment } from '../../src/store/promotions/answer-moment.ts';
import type { Promotions } from '../../src/store/promotions/promotions.ts';

/** The moment of a read that is sent and answered immediately. */
export async function readNow(promotions: Promotions, at: number): Promise<AnswerMoment> {
  return promotions.answered(await promotions.sending(at));
}

/** The scope of a caller that may see all accounts. */
export const EVERYTHING = { accountScope: null };
