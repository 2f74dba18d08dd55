import type { LedgerNeeds } from './facts.ts';
import type { KeyRecord } from './idempotency-key.ts';
import type { LedgerState } from './ledger-state.ts';
import type { LedgerUse } from './ledger-use.ts';

/** One command to the ledger. `decide` reads the state and changes nothing. */
export interface LedgerCommand<Answer> {
  needs: LedgerNeeds;
  decide(state: LedgerState): Decision<Answer>;
}

/** The answer to a command, and what becomes of a use and of the idempotency key. Absent: nothing changes. */
export interface Decision<Answer> {
  answer: Answer;
  use?: LedgerUse;
  key?: KeyRecord | null;
}

/** A decision that changes nothing. */
export function unchanged<Answer>(answer: Answer): Decision<Answer> {
  return { answer };
}
