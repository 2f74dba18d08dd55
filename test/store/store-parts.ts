import type { AnswerMoment } from '../../src/store/promotions/answer-moment.ts';
import { CountReadings } from '../../src/store/promotions/count-readings.ts';
import { Promotions } from '../../src/store/promotions/promotions.ts';
import { Uses } from '../../src/store/redemptions/uses.ts';
import { Sequence } from '../../src/store/sequence.ts';
import type { Database } from '../../src/store/sqlite/database.ts';
import { PendingCreations } from '../../src/store/writes/pending-creations.ts';

/** The promotions and uses of a store, for tests that do not need the whole store. */
export function storeParts(database: Database): { promotions: Promotions; uses: Uses } {
  const [sequence, readings] = [new Sequence(database), new CountReadings(database)];
  const creations = new PendingCreations(database);
  return {
    promotions: new Promotions(database, { sequence, readings, creations }),
    uses: new Uses(database, { sequence, readings }),
  };
}

/** The moment of a read that is sent and answered immediately. */
export function readNow(promotions: Promotions, at: number): AnswerMoment {
  return promotions.answered(promotions.sending(at));
}

/** The scope of a caller that may see all accounts. */
export const EVERYTHING = { accountScope: null };
