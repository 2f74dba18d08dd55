import { inSpan } from '../../telemetry/span.ts';
import type { Database } from './database.ts';

/** The maximum number of writes in one transaction. More would block other processes for too long. */
const LARGEST_BATCH = 256;

interface WaitingWrite {
  run(): void;
  /** Resolves or rejects with the outcome of `run`. */
  acknowledge(): void;
  fail(error: unknown): void;
}

/**
 * Writes that arrive together share one transaction, and so one sync of the file, which is the expensive part. A write
 * that throws is rolled back without the others. No write is acknowledged before the commit.
 */
export class GroupCommit {
  readonly #database: Database;
  #waiting: WaitingWrite[] = [];

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Runs `work` in the next shared transaction. The promise settles after the commit, or when the transaction fails.
   */
  write<Result>(work: () => Result): Promise<Result> {
    if (this.#waiting.length === 0) setImmediate(() => this.#commitNext());
    return inSpan('store commit', {}, () => this.#queued(work));
  }

  #queued<Result>(work: () => Result): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      let acknowledge = () => {};
      const run = () => {
        try {
          const result = this.#database.transaction(work);
          acknowledge = () => resolve(result);
        } catch (error) {
          // An error such as a full disk has rolled back the whole transaction, not only this write.
          if (!this.#database.sqlite.inTransaction) throw error;
          acknowledge = () => reject(error);
        }
      };
      this.#waiting.push({ run, acknowledge: () => acknowledge(), fail: reject });
    });
  }

  /** Commits all waiting writes. */
  flush(): void {
    while (this.#waiting.length > 0) this.#commit(this.#waiting.splice(0, LARGEST_BATCH));
  }

  #commitNext(): void {
    const batch = this.#waiting.splice(0, LARGEST_BATCH);
    if (this.#waiting.length > 0) setImmediate(() => this.#commitNext());
    this.#commit(batch);
  }

  #commit(batch: WaitingWrite[]): void {
    if (batch.length === 0) return;
    try {
      this.#database.transaction(() => {
        for (const write of batch) write.run();
      });
    } catch (error) {
      for (const write of batch) write.fail(error);
      return;
    }
    for (const write of batch) write.acknowledge();
  }
}
