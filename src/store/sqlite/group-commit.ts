import { inSpan } from '../../telemetry/span.ts';
import type { Database } from './database.ts';

/** More would keep other processes from the file for long. */
const LARGEST_BATCH = 256;

interface Waiting {
  run(): void;
  /** Tells the outcome of `run`. */
  acknowledge(): void;
  fail(error: unknown): void;
}

/**
 * Writes that arrive together share one transaction, so that what makes a write durable, the sync of the file, is paid
 * once for all of them. Each is undone by itself when it throws, and none is acknowledged before the commit.
 */
export class GroupCommit {
  readonly #database: Database;
  #waiting: Waiting[] = [];

  constructor(database: Database) {
    this.#database = database;
  }

  /** Runs `work` in the next shared transaction. Settles once that is on disk, or has failed as a whole. */
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
          // A full disk and the like have ended the whole transaction, not this write alone.
          if (!this.#database.sqlite.inTransaction) throw error;
          acknowledge = () => reject(error);
        }
      };
      this.#waiting.push({ run, acknowledge: () => acknowledge(), fail: reject });
    });
  }

  /** Commits what waits. */
  flush(): void {
    while (this.#waiting.length > 0) this.#commit(this.#waiting.splice(0, LARGEST_BATCH));
  }

  #commitNext(): void {
    const batch = this.#waiting.splice(0, LARGEST_BATCH);
    if (this.#waiting.length > 0) setImmediate(() => this.#commitNext());
    this.#commit(batch);
  }

  #commit(batch: Waiting[]): void {
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
