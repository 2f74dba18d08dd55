import type { Instant } from '../promotion/promotion.ts';
import type { LedgerCommand } from './command.ts';
import type { LedgerFacts } from './facts.ts';
import { type LedgerChanges, LedgerState } from './ledger-state.ts';

/** The outcome of one command. A command that fails leaves no trace in the others. */
export type Outcome<Answer> = { kind: 'ANSWERED'; answer: Answer } | { kind: 'FAILED'; error: unknown };

export interface BatchDecision {
  /** In the order of the commands. */
  outcomes: readonly Outcome<unknown>[];
  changes: LedgerChanges;
}

/**
 * Decides a batch of commands in their order of arrival. A pure function: everything it knows is in `facts` and `now`,
 * and everything it does is in the result. Also releases the holds among the facts that have ended.
 */
export function decideBatch(
  facts: LedgerFacts,
  commands: readonly LedgerCommand<unknown>[],
  now: Instant,
): BatchDecision {
  const state = new LedgerState(facts, now);
  state.releaseLapsed();
  const outcomes = commands.map((command, index) => {
    state.number = facts.numbers[index] ?? 0;
    return decideOne(state, command);
  });
  return { outcomes, changes: state.changes() };
}

function decideOne(state: LedgerState, command: LedgerCommand<unknown>): Outcome<unknown> {
  try {
    const { answer, use, key } = command.decide(state);
    if (use && use !== state.use(use.ledgerId)) state.put(use);
    if (key && use) state.completeKey(key, use.promotionId);
    return { kind: 'ANSWERED', answer };
  } catch (error) {
    return { kind: 'FAILED', error };
  }
}
