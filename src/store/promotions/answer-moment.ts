import { sql } from 'kysely';
import type { Instant } from '../../domain/promotion/promotion.ts';

/** When a call was sent to a provider: `sentAt` is a sequence number, `at` the gateway's clock. */
export interface Sending {
  sentAt: number;
  at: Instant;
}

/** When a call was sent and answered, and what its answer proves. */
export interface AnswerMoment extends Sending {
  answeredAt: number;
  /**
   * READ: the state at some moment between the two. WRITE: the state right after the write. OVERLAPPED: like WRITE, but
   * another write of the object ran at the same time. PROOF: only that the object exists, not its current state.
   */
  as: 'READ' | 'WRITE' | 'OVERLAPPED' | 'PROOF';
}

/**
 * The `due_sequence` after an answer: stays if the call was sent before the event, because the answer may not show it.
 */
export function stillDue(sentAt: number) {
  return sql<number | null>`case when promotions.due_sequence > ${sentAt} then promotions.due_sequence end`;
}

/**
 * The columns that order answers. After a write, reads that were sent before its answer count as older: they may not
 * show it.
 */
export function stampOf({ as, sentAt, answeredAt, at }: AnswerMoment) {
  return { as_of: at, read_sequence: as === 'WRITE' ? Math.max(sentAt, answeredAt) : sentAt };
}
