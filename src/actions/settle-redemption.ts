import {
  type Conflict,
  type IdempotencyConflict,
  type NotFound,
  notFound,
  type ProviderFailed,
} from '../promo/answers.ts';
import { parseRedemptionId } from '../promo/identity.ts';
import type { SettleAnswer, Taken } from '../store/ledger.ts';
import type { Gateway } from './gateway.ts';
import { waitForKey } from './keyed.ts';
import { publishUse } from './publish-use.ts';
import { answering, refusedChange } from './write.ts';

export type SettledAnswer = Taken | NotFound | Conflict | IdempotencyConflict | ProviderFailed;

/** What confirming and cancelling have in common: finding the redemption, waiting for its key, and telling listeners. */
export async function settleRedemption(
  gateway: Gateway,
  id: string,
  settle: (ledgerKey: string) => Promise<SettleAnswer>,
): Promise<SettledAnswer> {
  const ledgerKey = parseRedemptionId(id);
  if (ledgerKey === null) return notFound('No such redemption');
  return answering(async (): Promise<SettledAnswer> => {
    const answer = await waitForKey(gateway, () => settle(ledgerKey));
    if (answer.kind === 'TAKEN' && !answer.replayed) publishUse(gateway, answer.redemption);
    return answer;
  }, refusedChange);
}
