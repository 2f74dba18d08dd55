import type { AnswerMoment } from '../../src/store/answer-moment.ts';
import { CountReadings } from '../../src/store/count-readings.ts';
import type { Database } from '../../src/store/database.ts';
import { OpenCreations } from '../../src/store/open-creations.ts';
import { Promotions } from '../../src/store/promotions.ts';
import { Sequence } from '../../src/store/sequence.ts';
import { Uses } from '../../src/store/uses.ts';

/** The promotions and uses of a store, for tests of what is built on them. */
export function storeParts(database: Database): { promotions: Promotions; uses: Uses } {
  const [sequence, readings] = [new Sequence(database), new CountReadings(database)];
  const creations = new OpenCreations(database);
  return {
    promotions: new Promotions(database, { sequence, readings, creations }),
    uses: new Uses(database, { sequence, readings }),
  };
}

/** A read that is sent and answered at once. */
export function readNow(promotions: Promotions, at: number): AnswerMoment {
  return promotions.answered(promotions.sending(at));
}

/** What a caller sees that is bound to nothing. */
export const EVERYTHING = { reach: null };
