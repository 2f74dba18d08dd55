import { sql } from 'kysely';
import type { Instant } from '../../domain/promotion/promotion.ts';

/** When a call was sent to a provider: in the ledger's order, and by our clock. */
export interface Sending {
  sentAt: number;
  at: Instant;
}

/** When an answer was asked for and when it arrived, and how far it can be believed. */
export interface AnswerMoment extends Sending {
  answeredAt: number;
  /**
   * READ: it is true of some moment in between. WRITE: of the moment after the write. OVERLAPPED: the same, but another
   * write of the object ran beside it. PROOF: that the object exists, and nothing about today.
   */
  as: 'READ' | 'WRITE' | 'OVERLAPPED' | 'PROOF';
}

/** A call that was sent before the event may not show what that told of. */
export function stillDue(sentAt: number) {
  return sql<number | null>`case when promotions.due_sequence > ${sentAt} then promotions.due_sequence end`;
}

/** A read that was sent before a write was answered may not show what the write did. */
export function stampOf({ as, sentAt, answeredAt, at }: AnswerMoment) {
  return { as_of: at, read_sequence: as === 'WRITE' ? Math.max(sentAt, answeredAt) : sentAt };
}
