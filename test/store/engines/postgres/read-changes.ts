import type { Db, Engine } from '../../../../src/store/engines/engine.ts';
import {
  type ChangePosition,
  changesAfter,
  latestPosition,
} from '../../../../src/store/engines/postgres/postgres-changes.ts';

/** What a reader gets, with the ids of the uses that have changed. */
export interface Read {
  uses: (string | null)[];
  hasMore: boolean;
  hasLost: boolean;
}

export const NOTHING = { uses: [], hasMore: false, hasLost: false };

/** Reads changes one after another. */
export class TestReader {
  position: ChangePosition;
  readonly #db: Db;

  private constructor(db: Db, position: ChangePosition) {
    this.#db = db;
    this.position = position;
  }

  /** A reader that begins now. */
  static async open({ reads }: Engine): Promise<TestReader> {
    return new TestReader(reads, await latestPosition(reads));
  }

  /** Reads on from the last position. */
  async read(limit = 100): Promise<Read> {
    const { changes, position, ...state } = await changesAfter(this.#db, this.position, limit);
    this.position = position;
    return { uses: changes.map(({ ledger_id }) => ledger_id), ...state };
  }

  /** Reads on until there are no more changes. */
  async readAll(limit?: number): Promise<Read['uses']> {
    const { uses, hasMore } = await this.read(limit);
    return hasMore ? [...uses, ...(await this.readAll(limit))] : uses;
  }
}
